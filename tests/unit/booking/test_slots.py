"""Cutting clinics into slots, pools judged at claim time, and the view of free numbers."""

from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.schedules.board import Board, slot_state
from booking.schedules.model import (
    EXTRA,
    POOLS,
    Clinic,
    Pool,
    SlotClosed,
    SlotNotOpenYet,
    extra_pool,
    pools_open_to,
    slots_of,
)
from booking.schedules.view import Availability

CLINIC = Clinic(
    department_id="dep1",
    department="心血管内科",
    doctor_id="doc1",
    doctor="周启明",
    title="主任医师",
    campus_id="cam1",
    location="305 诊室",
    visit_date=date(2026, 11, 24),
    session="AM",
    begins=time(8, 0),
    ends=time(11, 30),
    slot_minutes=30,
    capacity=5,
    fee_fen=5000,
    clinic_type="expert",
)


def slots(**changes):
    return slots_of(msgspec.structs.replace(CLINIC, **changes), "ins1", 14, time(7, 0))


NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def view_of(*made):
    view = Availability()
    for slot in made:
        view.put(slot)
    return view


def test_a_morning_is_cut_into_half_hours():
    made = slots()
    assert len(made) == 7
    assert made[0].starts_at == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    assert made[0].opens_at == datetime(2026, 11, 9, 23, 0, tzinfo=UTC)
    assert [slot.serial(1) for slot in made[:2]] == ["A001", "A006"]


def test_cutting_twice_makes_the_same_ids():
    assert [slot.id for slot in slots()] == [slot.id for slot in slots()]


def test_a_night_clinic_belongs_to_the_date_it_starts_on():
    made = slots(session="NIGHT", begins=time(22, 30), ends=time(0, 30))
    assert len(made) == 4
    assert {slot.visit_date for slot in made} == {"2026-11-24"}


@pytest.mark.parametrize(
    "changes", [{"slot_minutes": 31}, {"slot_minutes": 0}, {"ends": time(8, 10)}]
)
def test_impossible_clinics_are_refused(changes):
    with pytest.raises(ValueError, match="slot"):
        slots(**changes)


def test_numbers_are_given_lowest_first_until_full():
    slot = slots()[0]
    view = view_of(slot)
    assert [view.take(slot, NOW) for _ in range(6)] == [1, 2, 3, 4, 5, None]
    view.mark(slot.id, 3, False)
    assert view.take(slot, NOW) == 3


def test_a_pool_is_kept_until_its_return_time_and_then_public():
    pool = Pool("referral", 1, 2, return_at=NOW + timedelta(hours=1))
    slot = msgspec.structs.replace(slots()[0], pools=(pool,))
    view = view_of(slot)
    assert view.free(slot, NOW) == 3
    assert view.free(slot, NOW, frozenset({"public", "referral"})) == 5
    assert view.free(slot, NOW + timedelta(hours=1)) == 5


@pytest.mark.parametrize(
    ("minutes", "public", "referred"),
    [(-61, 3, 3), (-60, 3, 5), (-1, 3, 5), (0, 5, 5)],
)
def test_a_pool_opens_to_its_people_first_and_to_all_at_the_minute_of_return(
    minutes, public, referred
):
    returns = NOW + timedelta(hours=2)
    pool = Pool("referral", 4, 5, returns, release_at=returns - timedelta(hours=1))
    slot = msgspec.structs.replace(slots()[0], pools=(pool,))
    view, at = view_of(slot), returns + timedelta(minutes=minutes)
    assert view.free(slot, at) == public
    assert view.free(slot, at, pools_open_to("pat1", {"referral_office"}, elder=False)) == referred


def test_an_extra_number_is_one_patients_and_never_returns():
    extra = Pool(extra_pool("pat1"), EXTRA + 2, EXTRA + 2, slots()[0].starts_at)
    slot = msgspec.structs.replace(slots()[0], pools=(extra,))
    view = view_of(slot)
    assert (slot.places, slot.serial(EXTRA + 2)) == (6, "A加02")
    for _ in range(5):
        view.take(slot, NOW)
    assert view.take(slot, NOW) is None
    assert view.take(slot, NOW, pools_open_to("pat2", (), elder=True)) is None
    assert view.take(slot, slot.starts_at) is None
    assert view.take(slot, NOW, pools_open_to("pat1", (), elder=False)) == EXTRA + 2


def test_who_may_claim_from_which_pool():
    assert pools_open_to("p", (), elder=False) == {"public", "extra:p"}
    assert pools_open_to("p", (), elder=True) == {"public", "extra:p", "onsite"}
    assert pools_open_to("p", {"doctor", "audit_admin"}, elder=False) == {
        "public", "extra:p", "revisit"
    }  # fmt: skip


@given(
    st.lists(st.tuples(st.sampled_from(sorted(POOLS)), st.integers(1, 20), st.integers(0, 8),
                       st.integers(-90, 90), st.integers(0, 90)), max_size=4),
    st.integers(-100, 100),
)  # fmt: skip
def test_whatever_the_pools_nobody_is_offered_a_number_that_is_not_there(rules, minute):
    at = NOW + timedelta(minutes=minute)
    pools = tuple(
        Pool(
            name,
            first,
            first + more,
            NOW + timedelta(minutes=ret),
            NOW + timedelta(minutes=ret - early),
        )
        for name, first, more, ret, early in rules
        if first + more <= 20
    )
    slot = msgspec.structs.replace(slots()[0], capacity=20, pools=pools)
    everybody = slot.offered(frozenset({"public"}), at)
    somebody = slot.offered(frozenset({"public", *POOLS}), at)
    assert everybody | somebody < 1 << 20
    if all(at >= pool.return_at for pool in pools):
        assert everybody == somebody == (1 << 20) - 1


def test_a_withdrawn_slot_is_known_and_listed_nowhere():
    made = slots()
    view = view_of(*made)
    view.put(msgspec.structs.replace(made[0], state="WITHDRAWN"))
    assert [slot.id for slot in view.day("dep1", "2026-11-24")] == [slot.id for slot in made[1:]]
    with pytest.raises(SlotClosed):
        view.slot(made[0].id).check_open(NOW)
    view.put(made[0])
    assert len(view.day("dep1", "2026-11-24")) == len(made)
    view.forget_before("2026-11-25", made[-1].starts_at)
    assert view.slot(made[0].id) is None


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans()), max_size=40))
def test_free_numbers_are_those_not_taken(marks):
    slot = slots()[0]
    view, taken = view_of(slot), set()
    for number, is_taken in marks:
        view.mark(slot.id, number, is_taken)
        (taken.add if is_taken else taken.discard)(number)
    assert view.free(slot, NOW) == 5 - len(taken)


def test_a_walk_comes_round_to_every_slot_and_sets_it_right():
    made = slots()
    view = view_of(*made)
    walked = [slot for _ in range(4) for slot in view.next_to_check(2)]
    assert sorted(walked) == sorted(slot.id for slot in made)
    view.mark(made[0].id, 2, True)
    view.set_taken(made[0].id, [5], view.changes([made[0].id])[made[0].id])
    assert [view.take(made[0], NOW) for _ in range(5)] == [1, 2, 3, 4, None]


def test_a_slot_read_before_a_claim_was_written_does_not_free_its_number():
    slot = slots()[0]
    view = view_of(slot)
    for steps in ("read take said", "take read said"):
        for step in steps.split():
            if step == "read":
                as_of = view.changes([slot.id, "slotunknown"])[slot.id]
            elif step == "take":
                number = view.take(slot, NOW)
            else:
                view.mark(slot.id, number, True)
        view.set_taken(slot.id, range(1, number), as_of)
        assert view.taken(slot) == number


def test_the_loser_is_offered_the_nearest_slots_of_the_same_doctor():
    made = slots()
    view = view_of(*made)
    assert [near.id for near in view.nearest(made[3], NOW)] == [made[2].id, made[4].id, made[1].id]


def test_a_slot_opens_and_closes_by_the_clock():
    slot = slots()[0]
    slot.check_open(NOW)
    with pytest.raises(SlotNotOpenYet):
        slot.check_open(slot.opens_at - timedelta(seconds=1))
    with pytest.raises(SlotClosed):
        slot.check_open(slot.starts_at)
    assert slot_state(view_of(slot), slot, slot.starts_at)[0] == "closed"


def test_past_dates_are_forgotten():
    made = slots()
    view = view_of(*made)
    view.forget_before("2026-11-25", made[-1].starts_at)
    assert view.slot(made[0].id) is None
    assert view.day("dep1", "2026-11-24") == []


def test_a_night_clinic_stays_until_its_last_slot_has_begun():
    made = slots(session="NIGHT", begins=time(23, 0), ends=time(1, 0))
    view = view_of(*made)
    view.forget_before("2026-11-25", made[-1].starts_at - timedelta(minutes=1))
    assert view.slot(made[-1].id) == made[-1]
    view.forget_before("2026-11-25", made[-1].starts_at)
    assert view.day("dep1", "2026-11-24") == []


def test_the_board_answers_from_what_is_ready_until_the_view_changes():
    made = slots()
    view = view_of(*made)
    board = Board(view)
    first = board.page("dep1", "2026-11-24", NOW)
    assert board.page("dep1", "2026-11-24", NOW + timedelta(seconds=1)) is first
    view.take(made[0], NOW)
    assert board.page("dep1", "2026-11-24", NOW + timedelta(milliseconds=100)) is first
    later = board.page("dep1", "2026-11-24", NOW + timedelta(seconds=1))
    assert later.etag != first.etag
    doctors = msgspec.json.decode(later.plain)["doctors"]
    assert doctors[0]["slots"][0]["free"] == 4


def test_the_board_turns_at_the_moment_a_slot_opens_or_starts():
    slot = slots()[0]
    board = Board(view_of(slot))
    state = {}
    for moment in (slot.opens_at, slot.starts_at):
        for at in (moment - timedelta(milliseconds=1), moment):
            (doctor,) = msgspec.json.decode(board.page("dep1", "2026-11-24", at).plain)["doctors"]
            state[at] = doctor["slots"][0]["state"]
    assert list(state.values()) == ["not_open", "free", "free", "closed"]


def test_hearing_of_a_change_again_is_no_change():
    made = slots()
    view, day = view_of(*made), ("dep1", "2026-11-24")
    view.mark(made[0].id, 1, True)
    before = view.revisions[day]
    view.mark(made[0].id, 1, True)
    view.put(made[0])
    assert view.revisions[day] == before
    view.mark(made[0].id, 1, False)
    assert view.revisions[day] > before
