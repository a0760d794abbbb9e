"""Until when patients may book: the evening before, then again on the day itself."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from booking.schedules.board import next_turn, slot_state
from booking.schedules.closing import CUTOFF, DEFAULTS, MINUTES, closing, rules_of
from booking.schedules.model import NextDayClosed, SameDayClosed
from booking.schedules.view import Availability
from tests.unit.booking.test_slots import slots

SLOT = slots()[0]
CUT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""17:00 in Shanghai on the day before."""

DAY = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def allowed(at: datetime, rules=DEFAULTS) -> bool:
    return not closing(SLOT, rules).shut(at)


@pytest.mark.parametrize(
    ("at", "open_then"),
    [
        (CUT - SECOND, True),
        (CUT, False),
        (DAY - SECOND, False),
        (DAY, True),
        (SLOT.starts_at - SECOND, True),
        (SLOT.starts_at, False),
        (CUT - timedelta(days=7), True),
        (CUT - timedelta(days=1), True),
    ],
)
def test_by_default_tomorrow_closes_at_five_and_today_at_the_start(at, open_then):
    assert allowed(at) is open_then


def test_the_refusal_says_when_the_day_itself_opens():
    with pytest.raises(NextDayClosed) as refusal:
        closing(SLOT, DEFAULTS).check(CUT)
    assert refusal.value.data == {"opens_at": DAY}


def test_a_hospital_may_close_the_same_day_early():
    rules = {(MINUTES, "hospital", ""): 30}
    last = SLOT.starts_at - timedelta(minutes=30)
    assert allowed(last - SECOND, rules)
    with pytest.raises(SameDayClosed):
        closing(SLOT, rules).check(last)


def test_the_most_specific_value_counts():
    rules = {
        (CUTOFF, "hospital", ""): "15:00",
        (CUTOFF, "department", SLOT.department_id): "24:00",
        (CUTOFF, "department", "another"): "08:00",
    }
    assert allowed(DAY - SECOND, rules)
    assert not allowed(CUT - SECOND, rules_of({(CUTOFF, "doctor", SLOT.doctor_id): "15:00"}))


def test_a_night_clinic_past_midnight_closes_by_its_visit_date():
    *_, last = slots(session="NIGHT", begins=time(23), ends=time(1))
    assert closing(last, DEFAULTS).midnight == DAY
    assert date.fromisoformat(last.visit_date) < (last.starts_at + timedelta(hours=8)).date()


def test_a_change_of_the_rules_reaches_what_is_shown():
    view = Availability()
    view.put(SLOT)
    assert slot_state(view, SLOT, CUT) == ("closed", 0)
    before = view.revisions[SLOT.department_id, SLOT.visit_date]
    rules = {(CUTOFF, "hospital", ""): "18:00"}
    view.close_by(SLOT.inst, rules)
    assert slot_state(view, SLOT, CUT) == ("free", SLOT.capacity)
    assert view.revisions[SLOT.department_id, SLOT.visit_date] == before + 1
    view.close_by(SLOT.inst, dict(rules))
    assert view.revisions[SLOT.department_id, SLOT.visit_date] == before + 1
    view.close_by("another", {})
    assert slot_state(view, SLOT, CUT + timedelta(hours=1)) == ("closed", 0)


def test_what_is_shown_turns_with_the_clock():
    view = Availability()
    view.put(SLOT)
    assert next_turn(view, [SLOT], CUT - SECOND) == CUT
    assert next_turn(view, [SLOT], CUT) == DAY
    assert next_turn(view, [SLOT], DAY) == SLOT.starts_at
