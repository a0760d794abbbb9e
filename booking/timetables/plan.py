"""Which clinics a date has: templates, deviations and the calendar put together. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import msgspec

from booking.schedules.model import Clinic, Pool
from booking.timetables.model import (
    CalendarDay,
    Day,
    Deviation,
    Planned,
    PoolRule,
    Template,
)
from booking.timetables.rules import clock_time, in_force
from wx_backend.base.calendar import PublicDay
from wx_backend.directory.departments.model import Department, Doctor


def day_of(on: date, public: PublicDay, decided: CalendarDay | None) -> Day:
    """A person's decision comes before the public calendar."""
    if decided:
        return Day(on, decided.weekday, decided.kind == "HOLIDAY", True, decided.version)
    return Day(on, on.weekday(), public.holiday, public.known)


def planned(
    templates: Iterable[Template], deviations: Mapping[tuple[str, str], Deviation], day: Day
) -> list[Planned]:
    """The clinics of a day, in the order of lines; ``deviations`` by (line, date).

    A clinic that keeps holidays waits while nobody knows whether the date is one.
    """
    found = []
    for line, versions in groupby(sorted(templates, key=_line), key=_line):
        usual = in_force(versions, day.date)
        if usual is None or usual.weekday != day.weekday:
            continue
        deviation = deviations.get((line, day.date.isoformat()))
        lifted = deviation is None or deviation.state == "LIFTED"
        if lifted and day.holiday and not usual.holidays:
            continue
        if deviation and lifted:
            deviation = msgspec.structs.replace(
                deviation, begins="", ends="", room="", capacity=0, doctor_id=""
            )
        waits = lifted and not (day.known or usual.holidays)
        closed = not lifted and deviation is not None and deviation.state == "CLOSED"
        state = "CLOSED" if closed else "WAITING" if waits else "OPEN"
        found.append(Planned(usual, day, state, deviation))
    return found


def _line(one: Template) -> str:
    return one.line


def clinic(one: Planned, unit: Department, doctor: Doctor, fee_fen: int, zone: str) -> Clinic:
    """The planned clinic as the source of slots; ``doctor`` is who sits there."""
    usual, changed = one.template, one.deviation
    room = (changed and changed.room) or usual.room
    capacity = (changed and changed.capacity) or usual.capacity
    begins, ends = one.hours
    return Clinic(
        department_id=unit.id,
        department=unit.name,
        doctor_id=doctor.id,
        doctor=doctor.name,
        title=doctor.title,
        campus_id=usual.campus_id,
        location=f"{unit.location} {room}",
        visit_date=one.day.date,
        session=usual.session,
        begins=clock_time(begins),
        ends=clock_time(ends),
        slot_minutes=usual.slot_minutes,
        capacity=capacity,
        fee_fen=fee_fen,
        clinic_type=usual.clinic_type,
        zone=zone,
        pools=pools(usual.pools, capacity, one.day.date, zone),
        instead_of=usual.doctor_id if doctor.id != usual.doctor_id else "",
        schedule=one.schedule,
    )


def pools(rules: Iterable[PoolRule], capacity: int, on: date, zone: str) -> tuple[Pool, ...]:
    """Ranges from the highest number down, so that the public counts from one."""
    made, last = [], capacity
    for rule in rules:
        first = max(1, last - rule.count(capacity) + 1)
        if first > last:
            continue
        returns = _moment(on, rule.return_days, rule.return_time, zone)
        releases = _moment(on, rule.release_days, rule.release_time, zone)
        made.append(Pool(rule.name, first, last, returns, releases))
        last = first - 1
    return tuple(made)


def _moment(on: date, days_before: int, at: str, zone: str) -> datetime:
    day = on - timedelta(days=days_before)
    return datetime.combine(day, clock_time(at), ZoneInfo(zone)).astimezone(UTC)
