"""Which clinics a date has, and what has to change so that the slots are those."""

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.schedules.model import EXTRA, Pool, Slot, extra_pool, slots_of
from booking.timetables.compare import Seat, compare, misfit
from booking.timetables.model import (
    DEVIATION,
    SCHEDULE,
    CalendarDay,
    Day,
    Deviation,
    PoolRule,
    Template,
    action,
)
from booking.timetables.plan import clinic, day_of, planned, pools
from booking.timetables.rules import check_pools, clock_time, in_force, overlap
from wx_backend.base.calendar import PublicDay
from wx_backend.base.errors import Invalid
from wx_backend.directory.departments.model import Department, Doctor

ZONE = "Asia/Shanghai"
TUESDAY = date(2026, 11, 24)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
UNIT = Department(
    id="dep1", inst="ins1", campus_id="cam1", campus="本部", name="内科", group="内科",
    hint="发热", icon="heartbeat", location="1 层",
)  # fmt: skip
DOCTOR = Doctor(
    id="doc1", inst="ins1", department_id="dep1", name="甲", title="主任医师", specialty="发热"
)


def template(**more) -> Template:
    usual = {
        "id": "tpl1", "inst": "ins1", "line": "tln1", "version": 1, "doctor_id": "doc1",
        "department_id": "dep1", "campus_id": "cam1", "weekday": 1, "session": "AM",
        "begins": "08:00", "ends": "10:00", "room": "305 诊室", "clinic_type": "expert",
        "slot_minutes": 30, "capacity": 4, "effective_from": "2026-11-01",
    }  # fmt: skip
    return Template(**{**usual, **more})


def deviation(state: str, **more) -> Deviation:
    usual = {"id": "dev1", "inst": "ins1", "line": "tln1", "date": "2026-11-24", "reason": "外出"}
    return Deviation(**{**usual, "state": state, **more})


def plan(*templates: Template, day: Day | None = None, changed: Deviation | None = None):
    deviations = {(changed.line, changed.date): changed} if changed else {}
    return planned(templates, deviations, day or Day(TUESDAY, 1))


def slots(one: Template, changed: Deviation | None = None) -> list[Slot]:
    [found] = plan(one, changed=changed)
    if found.state != "OPEN":
        return []
    doctor = msgspec.structs.replace(DOCTOR, id=found.doctor_id)
    return slots_of(clinic(found, UNIT, doctor, 5000, ZONE), "ins1", 14, clock_time("07:00"))


def test_the_newest_version_in_effect_counts_and_ends_when_it_says():
    old, new = template(), template(version=2, effective_from="2026-12-01", until="2026-12-31")
    assert in_force([old, new], TUESDAY) == old
    assert in_force([old, new], date(2026, 12, 1)) == new
    assert in_force([old, new], date(2027, 1, 1)) is None
    assert in_force([old, new], date(2026, 10, 1)) is None


@pytest.mark.parametrize(
    ("day", "holidays", "states"),
    [
        (Day(TUESDAY, 1), False, ["OPEN"]),
        (Day(TUESDAY, 0), False, []),
        (Day(TUESDAY, 1, holiday=True), False, []),
        (Day(TUESDAY, 1, holiday=True), True, ["OPEN"]),
        (Day(TUESDAY, 1, known=False), False, ["WAITING"]),
        (Day(TUESDAY, 1, known=False), True, ["OPEN"]),
    ],
)
def test_holidays_and_days_of_which_nothing_is_known(day, holidays, states):
    assert [one.state for one in plan(template(holidays=holidays), day=day)] == states


def test_a_persons_word_comes_before_the_calendar():
    saturday = date(2026, 10, 10)
    public = PublicDay(made_up=True, name="国庆节")
    assert day_of(saturday, public, None) == Day(saturday, 5)
    decided = CalendarDay(id="d", inst="ins1", date="2026-10-10", kind="ORDINARY", weekday=3)
    assert day_of(saturday, public, decided) == Day(saturday, 3, decided=1)


def test_a_deviation_opens_on_a_holiday_and_closes_on_any_day():
    holiday = Day(TUESDAY, 1, holiday=True)
    extra = deviation("CHANGED", room="401 诊室")
    assert [one.state for one in plan(template(), day=holiday, changed=extra)] == ["OPEN"]
    assert [one.state for one in plan(template(), changed=deviation("CLOSED"))] == ["CLOSED"]
    lifted = deviation("LIFTED", version=2)
    assert plan(template(), day=holiday, changed=lifted) == []


def test_a_substitute_sits_in_the_same_slots():
    usual, other = slots(template()), slots(template(), deviation("CHANGED", doctor_id="doc2"))
    assert [one.id for one in usual] == [one.id for one in other]
    assert {one.doctor_id for one in other} == {"doc2"}


def test_pools_are_cut_from_the_top_and_at_least_their_share():
    rules = (PoolRule("referral", 20), PoolRule("onsite", 20, 0, "12:00"))
    made = pools(rules, 4, TUESDAY, ZONE)
    assert [(one.name, one.first, one.last) for one in made] == [
        ("referral", 4, 4), ("onsite", 3, 3)
    ]  # fmt: skip
    assert made[0].return_at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert made[1].return_at == datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "rules",
    [
        (PoolRule("vip", 20),),
        (PoolRule("onsite", 20), PoolRule("onsite", 20)),
        (PoolRule("referral", 19),),
        (PoolRule("onsite", 0),),
        (PoolRule("onsite", 60), PoolRule("revisit", 60)),
        (PoolRule("onsite", 20, return_time="25:00"),),
        (PoolRule("onsite", 20, return_days=3, release_days=1),),
    ],
)
def test_impossible_pools_are_refused(rules):
    with pytest.raises(Invalid):
        check_pools(rules, 5, 20)


def test_times_meet_or_not_also_past_midnight():
    assert overlap(("08:00", "10:00"), ("09:59", "11:00"))
    assert not overlap(("08:00", "10:00"), ("10:00", "11:00"))
    assert overlap(("22:00", "01:00"), ("23:30", "23:50"))


def test_machines_say_what_the_steps_are_called():
    for (before, name), after in SCHEDULE.transitions.items():
        assert action(before, after) == name
    assert action("CLOSED", "CLOSED") == ""
    assert DEVIATION.next("LIFTED", "close") == "CLOSED"


class TestCompare:
    def test_the_same_again_is_nothing_to_do(self):
        made = slots(template())
        assert compare(made, made, {}, LONG_AGO).any is False

    def test_extra_numbers_and_versions_stay(self):
        before = slots(template())
        extra = Pool(extra_pool("pat1"), EXTRA + 1, EXTRA + 1, before[0].starts_at)
        stored = [msgspec.structs.replace(before[0], pools=(extra,), version=3), *before[1:]]
        assert compare(before, stored, {}, LONG_AGO).any is False
        steps = compare(slots(template(room="401 诊室")), stored, {}, LONG_AGO)
        assert (steps.changed[0].pools, steps.changed[0].version) == ((extra,), 3)

    def test_what_has_begun_is_left_alone(self):
        made = slots(template())
        steps = compare(slots(template(room="401 诊室")), made, {}, made[1].starts_at)
        assert [one.id for one in steps.changed] == [one.id for one in made[2:]]

    def test_a_closed_date_closes_what_is_booked_too(self):
        made = slots(template())
        steps = compare([], made, {made[0].id: 2}, LONG_AGO, gone="CLOSED", firm=True)
        assert {one.state for one in steps.changed} == {"CLOSED"}
        assert len(steps.changed) == len(made)

    @given(
        st.lists(st.integers(0, 3), min_size=4, max_size=4),
        st.integers(1, 8),
        st.sampled_from(["08:00", "09:00"]),
        st.sampled_from(["10:00", "11:00"]),
        st.booleans(),
    )
    def test_whatever_changes_serial_numbers_stay_apart_and_a_second_look_finds_nothing(
        self, booked, capacity, begins, ends, firm
    ):
        stored = slots(template())
        seats = dict(zip((one.id for one in stored), booked, strict=True))
        wanted = slots(template(capacity=capacity, begins=begins, ends=ends))
        gone = "CLOSED" if firm else "WITHDRAWN"
        steps = compare(wanted, stored, seats, LONG_AGO, gone=gone, firm=firm)
        if not firm:
            assert {one.id for one in steps.kept} <= {key for key, n in seats.items() if n} | (
                {one.id for one in stored} if any(booked) and capacity > 4 else set()
            )
        after = {one.id: one for one in stored}
        after |= {one.id: one for one in (*steps.changed, *steps.new)}
        told = [
            one.serial(number)
            for one in after.values()
            if one.state == "OPEN"
            for number in range(1, one.capacity + 1)
        ]
        assert len(told) == len(set(told))
        again = compare(
            wanted, sorted(after.values(), key=lambda one: one.starts_at), seats, LONG_AGO,
            gone=gone, firm=firm,
        )  # fmt: skip
        assert (again.new, again.changed) == ((), ())


def test_who_no_longer_fits():
    [slot, *_] = slots(template())
    seat = Seat(slot.id, 4, slot.doctor_id, slot.location, slot.starts_at)

    def how(**more) -> str:
        return misfit(seat, msgspec.structs.replace(slot, **more))

    assert how() == ""
    assert how(state="CLOSED") == "closed"
    assert how(capacity=3) == "number"
    assert how(doctor_id="doc2") == how(location="2 层") == "place"
    assert how(starts_at=slot.starts_at + timedelta(minutes=5)) == "time"
    extra = msgspec.structs.replace(seat, number=EXTRA + 1)
    assert misfit(extra, slot) == ""
