"""Facts of charts and encounters: late and repeated messages, in any order."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from wx_backend.records.encounters.model import (
    Chart,
    Encounter,
    Facts,
    Identity,
    Place,
    identify,
    learn,
    link,
)

T0 = datetime(2026, 11, 24, tzinfo=UTC)
EMPTY = Encounter(id="enc1", inst="ins1", chart="cha1", visit_no="V1", version=0)
CHART = Chart(id="cha1", inst="ins1", mrn="M1", version=0)


def stamp(minute: int) -> tuple:
    at = T0 + timedelta(minutes=minute)
    return at, at, f"C{minute}"


FACTS = st.builds(
    lambda state, ward, kind: Facts(
        state=state, kind=kind, place=Place(ward=ward) if ward else None
    ),
    st.sampled_from([None, "OPEN", "DISCHARGED", "CANCELLED"]),
    st.sampled_from(["", "内一", "内二"]),
    st.sampled_from([None, "I", "O"]),
)
MESSAGES = st.lists(
    st.tuples(st.integers(0, 60), FACTS), min_size=1, max_size=4, unique_by=lambda one: one[0]
)


@given(MESSAGES)
def test_any_order_comes_to_the_same(messages: list) -> None:
    ends = []
    for order in permutations(messages):
        now = EMPTY
        for minute, facts in order:
            now = learn(now, facts, stamp(minute))
        ends.append(now)
    assert all(end == ends[0] for end in ends)


@given(MESSAGES)
def test_the_same_again_changes_nothing(messages: list) -> None:
    now = EMPTY
    for minute, facts in messages:
        now = learn(now, facts, stamp(minute))
    for minute, facts in messages:
        assert learn(now, facts, stamp(minute)) == now


def test_an_older_message_fills_what_nobody_has_said() -> None:
    moved = learn(EMPTY, Facts(place=Place(ward="内二")), stamp(9))
    late = learn(moved, Facts(state="OPEN", place=Place(ward="内一"), admitted_at=T0), stamp(1))
    assert (late.place.ward, late.facts.admitted_at, late.state) == ("内二", T0, "OPEN")


def test_a_bed_that_is_left_out_is_left() -> None:
    first = learn(EMPTY, Facts(place=Place(ward="内一", bed="3")), stamp(1))
    assert learn(first, Facts(place=Place(ward="内二")), stamp(2)).place == Place(ward="内二")


def test_what_a_message_does_not_say_of_a_person_stays() -> None:
    known = identify(CHART, Identity(display="王*", birth_date=date(1980, 5, 6)), "V1", stamp(1))
    after = identify(known, Identity(sex="F"), "", stamp(2))
    assert after.identity == Identity(display="王*", sex="F", birth_date=date(1980, 5, 6))
    assert after.latest == "V1"


def test_a_link_is_all_that_a_merge_changes() -> None:
    linked = link(CHART, "cha2", stamp(1))
    assert linked.merged_into == "cha2"
    assert linked.identity == CHART.identity
    assert link(linked, "cha3", stamp(0)) == linked
    assert link(CHART, "cha1", stamp(1)) == CHART
