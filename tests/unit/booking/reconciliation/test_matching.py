"""Matching: what is planted is found, whatever the order of the lines, and nothing else."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.reconciliation.matching import (
    HIS,
    PLATFORM,
    Book,
    Finding,
    Known,
    Line,
    with_around,
    with_known,
)

AT = datetime(2026, 11, 21, 2, tzinfo=UTC)


def line(no: str = "pay1", fen: int = 5000, **changes) -> Line:
    given = {"kind": "REFUNDED" if no.startswith("ref") else "PAID", "transaction": f"tx-{no}"}
    return Line(**{"no": no, "fen": fen, "platform": "alipay", "at": AT, **given, **changes})


def kinds(ours: list[Line], theirs: list[Line], side: str = PLATFORM) -> dict[str, str]:
    book = Book()
    for one in ours:
        book.add(one)
    found = [one for given in theirs if (one := book.meet(side, given))]
    return {one.line.no: one.kind for one in (*found, *book.unmet(side, {"alipay"}))}


def test_equal_books_agree() -> None:
    both = [line("pay1"), line("ref1", 2000)]
    assert kinds(both, both[::-1]) == {}


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [
        (None, line(), "missing_here"),
        (line(), None, "missing_there"),
        (line(), line(fen=4999), "amount"),
        (line("ref1"), line("ref1", 4999), "refund"),
        (line("ref1"), line("ref1", state="ABNORMAL"), "state"),
        (line(), line(transaction="tx-other"), "state"),
    ],
)
def test_each_class(ours: Line | None, theirs: Line | None, kind: str) -> None:
    found = kinds([ours] if ours else [], [theirs] if theirs else [])
    assert list(found.values()) == [kind]


def test_a_second_line_of_one_number_is_a_duplicate() -> None:
    assert kinds([line()], [line(), line(transaction="tx-2")]) == {"pay1": "duplicate"}


def test_a_refund_may_have_the_number_of_its_payment() -> None:
    refund = msgspec.structs.replace(line(), kind="REFUNDED")
    assert kinds([line(), refund], [refund, line()]) == {}


def test_a_side_that_gives_no_platform_number_is_not_held_to_it() -> None:
    assert kinds([line()], [line(transaction="")], HIS) == {}


def test_cash_is_no_platforms_business() -> None:
    assert kinds([line(platform="cash")], []) == {}


def test_money_known_on_another_day_has_crossed_midnight() -> None:
    missing = Finding(PLATFORM, "missing_here", None, line())
    known = Known("ord1", "SUCCESS", line(at=AT + timedelta(hours=20)))
    late = with_known(missing, known)
    assert late
    assert late.kind == "late"
    other = with_known(missing, Known("ord1", "SUCCESS", line(fen=1)))
    assert other
    assert other.kind == "amount"
    assert with_known(missing, None) == missing
    assert with_known(missing, Known("ord1", "OPEN")) == missing


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"),
    [("PROCESSING", "PROCESSING", None), ("PROCESSING", "SUCCESS", "state")],
)
def test_refund_that_has_not_arrived(ours: str, theirs: str, kind: str | None) -> None:
    found = with_known(
        Finding(PLATFORM, "missing_here", None, line("ref1", state=theirs)), Known("ord1", ours)
    )
    assert (found and found.kind) == kind


def test_what_the_day_beside_has_is_late_or_of_another_amount() -> None:
    missing = Finding(PLATFORM, "missing_there", line())
    assert with_around(missing, line()).kind == "late"
    assert with_around(missing, line(fen=1)).kind == "amount"
    assert with_around(missing, None) == missing


PLANS = st.dictionaries(
    st.integers(0, 10_000),
    st.tuples(
        st.sampled_from(["", "missing_here", "missing_there", "amount", "duplicate", "state"]),
        st.booleans(),
        st.integers(1, 100_000),
    ),
    max_size=60,
)


@given(PLANS, st.randoms(use_true_random=False))
def test_exactly_what_is_planted_is_found(plan, dice) -> None:
    ours, theirs, planted = [], [], {}
    for n, (kind, refund, fen) in plan.items():
        one = line(f"{'ref' if refund else 'pay'}{n}", fen)
        if kind != "missing_here":
            ours.append(one)
        if kind != "missing_there":
            other = {"amount": {"fen": fen + 1}, "state": {"state": "CLOSED"}}.get(kind, {})
            theirs.append(msgspec.structs.replace(one, **other))
        if kind == "duplicate":
            theirs.append(one)
        if kind:
            planted[one.no] = "refund" if kind == "amount" and refund else kind
    dice.shuffle(ours)
    dice.shuffle(theirs)
    assert kinds(ours, theirs) == planted
