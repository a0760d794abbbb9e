"""A report is what its newest words say, in whatever order they arrive."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.records.reports.model import Content, Item, digest, first, merge

T0 = datetime(2026, 11, 24, tzinfo=UTC)


def item(key: str, value: str, status: str = "F") -> Item:
    return Item(key=key, code=key, name=key, kind="NM", value=value, status=status)


def said(minute: int, *items: Item, status: str = "F", sent: int | None = None) -> Content:
    at = T0 + timedelta(minutes=minute)
    later = T0 + timedelta(minutes=minute if sent is None else sent)
    return Content(title="生化", status=status, resulted_at=at, sent_at=later, items=items)


def heard(*contents: Content) -> Content:
    now = first(contents[0]).content
    for one in contents[1:]:
        now = merge(now, one).content
    return now


def values(content: Content) -> dict[str, tuple[str, str]]:
    return {one.key: (one.value, one.status) for one in content.items}


def test_more_results_of_one_specimen_come_together() -> None:
    merged = merge(first(said(0, item("K", "4"))).content, said(1, item("NA", "140")))
    assert values(merged.content) == {"K": ("4", "F"), "NA": ("140", "F")}
    assert [one.key for one in merged.changed] == ["NA"]
    assert merged.corrected == ()


def test_a_correction_is_named() -> None:
    merged = merge(
        first(said(0, item("K", "9"), item("NA", "140"))).content, said(1, item("K", "4", "C"))
    )
    assert values(merged.content)["K"] == ("4", "C")
    assert [one.key for one in merged.changed] == ["K"]
    assert merged.corrected == ("K",)


def test_preliminary_to_final_with_the_same_words_is_no_news() -> None:
    merged = merge(first(said(0, item("K", "4", "P"), status="P")).content, said(1, item("K", "4")))
    assert merged.content.status == "F"
    assert merged.changed == ()
    assert [one.key for one in merged.confirmed] == ["K"]
    assert merge(merged.content, said(2, item("K", "4", "C"))).confirmed == ()


def test_late_and_older_adds_but_never_overwrites() -> None:
    merged = merge(
        first(said(5, item("K", "4"))).content, said(1, item("K", "9"), item("CL", "99"))
    )
    assert values(merged.content) == {"K": ("4", "F"), "CL": ("99", "F")}
    assert merged.content.resulted_at == T0 + timedelta(minutes=5)
    assert [one.key for one in merged.changed] == ["CL"]


def test_a_cancelled_report_takes_its_results_with_it() -> None:
    merged = merge(first(said(0, item("K", "9"))).content, said(1, status="X"))
    assert values(merged.content) == {"K": ("9", "X")}
    assert merged.corrected == ("K",)
    assert first(said(1, item("K", "9"), status="X")).changed[0].status == "X"


def test_the_same_again_is_recognised_whenever_it_is_sent() -> None:
    assert digest(said(0, item("K", "4"))) == digest(said(0, item("K", "4"), sent=9))
    assert digest(said(0, item("K", "4"))) != digest(said(0, item("K", "5")))


KEYS = st.sampled_from("abc")
CONTENTS = st.lists(
    st.builds(
        lambda minute, keys, value, status: said(
            minute, *(item(key, f"{value}") for key in sorted(keys)), status=status
        ),
        st.integers(0, 50),
        st.sets(KEYS),
        st.integers(0, 3),
        st.sampled_from("PFCX"),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one.resulted_at,
)


@given(CONTENTS)
def test_the_order_of_arrival_does_not_matter(contents: list[Content]) -> None:
    results = {str(sorted(values(heard(*order)).items())) for order in permutations(contents)}
    assert len(results) == 1


@given(CONTENTS)
def test_no_result_is_ever_lost(contents: list[Content]) -> None:
    sent = {one.key for content in contents for one in content.items}
    assert {one.key for one in heard(*contents).items} == sent


@given(CONTENTS)
def test_hearing_something_twice_changes_nothing(contents: list[Content]) -> None:
    now = heard(*contents)
    for content in contents:
        merged = merge(now, content)
        assert merged.changed == ()
        assert msgspec.structs.replace(merged.content, items=()) == msgspec.structs.replace(
            now, items=()
        )
