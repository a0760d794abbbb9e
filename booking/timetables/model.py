"""Timetables: templates by weekday, deviations of one date, days that a person has decided. Pure.

A template is a line of versions; for a date the newest version whose ``effective_from`` has come
counts. Nothing here is a slot: ``plan.py`` says which clinics a date has, ``compare.py`` what has
to change so that the stored slots are those.
"""

from datetime import date, datetime
from typing import Annotated

import msgspec

from booking.schedules.model import EXTRA, Placed
from wx_backend.base import ids
from wx_backend.base.errors import AppError
from wx_backend.base.forms import Form, Text
from wx_backend.base.machine import Machine

WEEKDAYS = range(7)
"""Monday is 0."""

CLINIC_TYPES = {"ordinary": "普通门诊", "expert": "专家门诊"}
TITLES = {"主任医师": "chief", "副主任医师": "associate", "主治医师": "attending"}
AHEAD_MOST = 180
"""Days for which numbers may be made at once."""

DATE = Annotated[str, Text(pattern=r"^\d{4}-\d{2}-\d{2}$")]

SCHEDULE = Machine(
    name="schedule",
    states=frozenset({"OPEN", "CLOSED", "WITHDRAWN"}),
    initial="OPEN",
    transitions={
        ("OPEN", "change"): "OPEN",
        ("OPEN", "close"): "CLOSED",
        ("OPEN", "withdraw"): "WITHDRAWN",
        ("CLOSED", "reopen"): "OPEN",
        ("CLOSED", "withdraw"): "WITHDRAWN",
        ("WITHDRAWN", "reopen"): "OPEN",
        ("WITHDRAWN", "close"): "CLOSED",
    },
)
DEVIATION = Machine(
    name="deviation",
    states=frozenset({"CLOSED", "CHANGED", "LIFTED"}),
    initial="LIFTED",
    transitions={
        (before, action): after
        for before in ("CLOSED", "CHANGED", "LIFTED")
        for action, after in (("close", "CLOSED"), ("change", "CHANGED"), ("lift", "LIFTED"))
        if (before, action) != ("LIFTED", "lift")
    },
)

MAKING = Machine(
    name="making",
    states=frozenset({"WAITING", "RUNNING", "DONE", "FAILED", "CANCELLED"}),
    initial="WAITING",
    transitions={
        ("WAITING", "start"): "RUNNING",
        ("RUNNING", "start"): "RUNNING",  # whoever worked on it has died
        ("RUNNING", "finish"): "DONE",
        ("RUNNING", "fail"): "FAILED",
        ("WAITING", "cancel"): "CANCELLED",
        ("RUNNING", "cancel"): "CANCELLED",
    },
    terminal=frozenset({"DONE", "FAILED", "CANCELLED"}),
)


def action(before: str, after: str) -> str:
    """What leads from one state of a schedule to another; empty when nothing does."""
    ways = (
        name
        for (state, name), then in SCHEDULE.transitions.items()
        if (state, then) == (before, after)
    )
    return next(ways, "")


class TimesOverlap(AppError):
    """``doctor`` sees patients at that time already, by another template or deviation."""

    code, status, message = "times_overlap", 409, "该医生这个时间已有其他出诊安排"


class ExtraNumbersUsedUp(AppError):
    """``most``: how many extra numbers a session may have."""

    code, status, message = "extra_numbers_used_up", 409, "本场次的加号已用完"


class MakingUnderWay(AppError):
    """``making``: the one that is."""

    code, status, message = "making_under_way", 409, "号源正在生成，请等它完成，或先取消"


class PoolRule(msgspec.Struct, frozen=True):
    """A share of each slot's numbers, kept for ``name`` (a key of ``POOLS``).

    Its own people may take them from ``release_days`` before the visit at ``release_time`` on;
    unused ones are everybody's from ``return_days`` before the visit at ``return_time`` on.
    """

    name: str
    percent: int
    return_days: int = 1
    return_time: str = "17:00"
    release_days: int = AHEAD_MOST
    release_time: str = "00:00"

    def count(self, capacity: int) -> int:
        """At least the share: parts of a number count as one."""
        return -(-capacity * self.percent // 100)


class Template(Placed, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One version of one doctor's clinic on one weekday and session.

    Args:
        line: what its versions have in common.
        ends: before ``begins`` when the night clinic passes midnight.
        holidays: whether it takes place on public holidays.
        until: last date; empty for ever.
    """

    id: str
    inst: str
    line: str
    version: int
    weekday: int
    session: str
    begins: str
    ends: str
    room: str
    slot_minutes: int
    capacity: int
    effective_from: str
    until: str = ""
    holidays: bool = False
    pools: tuple[PoolRule, ...] = ()
    made_by: str = ""
    made_at: datetime | None = None

    def holds_on(self, on: date) -> bool:
        """Whether the date lies within its time of effect."""
        day = on.isoformat()
        return self.effective_from <= day and (not self.until or day <= self.until)


class TemplateForm(Form):
    """A new template, or a new version of one. Times as ``08:00``, dates as ``2026-11-24``."""

    doctor_id: Annotated[str, Text(min_length=1, max_length=40)]
    weekday: Annotated[int, Text(ge=0, le=6)]
    session: str
    begins: str
    ends: str
    room: Annotated[str, Text(min_length=1, max_length=30)]
    clinic_type: str
    slot_minutes: Annotated[int, Text(ge=1, le=30)]
    capacity: Annotated[int, Text(ge=1, le=99)]
    effective_from: DATE
    until: str = ""
    holidays: bool = False
    pools: tuple[PoolRule, ...] = ()


class Deviation(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One date of a line that is unlike its template; what is empty is as the template says."""

    id: str
    inst: str
    line: str
    date: str
    state: str
    reason: str
    begins: str = ""
    ends: str = ""
    room: str = ""
    capacity: int = 0
    doctor_id: str = ""
    version: int = 1
    made_by: str = ""
    made_at: datetime | None = None


class DeviationForm(Form):
    """``action``: close, change or lift; ``reason`` is for staff."""

    action: str
    reason: Annotated[str, Text(min_length=2, max_length=100)]
    begins: str = ""
    ends: str = ""
    room: Annotated[str, Text(max_length=30)] = ""
    capacity: Annotated[int, Text(ge=0, le=99)] = 0
    doctor_id: Annotated[str, Text(max_length=40)] = ""


class CalendarDay(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """What a person decided about a date: ``ORDINARY`` or ``HOLIDAY``.

    ``weekday`` is the weekday whose templates it follows (a made-up Saturday works like a Monday).
    """

    id: str
    inst: str
    date: str
    kind: str
    weekday: int
    version: int = 1
    made_by: str = ""
    made_at: datetime | None = None


class Schedule(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """A line's clinic on a date, as its slots were last made. ``done`` says from what."""

    id: str
    inst: str
    line: str
    date: str
    department_id: str
    doctor_id: str
    session: str
    state: str
    done: str
    version: int = 1
    kept: int = 0
    """Slots with appointments that a changed template left as they were."""


class Making(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """Numbers that somebody asked to be made, date by date.

    Args:
        first, last: dates; of one ``line``, or of all when it is empty.
        redo: also what is there already.
        by: staff member.
        next: the date it goes on with; after ``last`` once all are done.
        new, changed, kept: slots so far; what a process had done that died is not counted.
        left: sessions that others changed at the same time again and again.
        tries: how often the date was begun.
    """

    id: str
    inst: str
    state: str = MAKING.initial
    version: int = 1
    first: str
    last: str
    line: str = ""
    redo: bool = False
    by: str
    asked_at: datetime
    ended_at: datetime | None = None
    next: str
    new: int = 0
    changed: int = 0
    kept: int = 0
    left: int = 0
    tries: int = 0

    @property
    def under_way(self) -> bool:
        return self.state not in MAKING.terminal

    @property
    def days(self) -> int:
        return days_between(self.first, self.last) + 1

    @property
    def days_done(self) -> int:
        return days_between(self.first, self.next)


def days_between(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


class ExtraNumber(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """Who gave which patient a number beyond the capacity, and why. ``patient`` is masked."""

    id: str
    inst: str
    schedule: str
    slot: str
    ordinal: int
    patient_id: str
    patient: str
    reason: str
    given_by: str
    given_at: datetime

    @property
    def number(self) -> int:
        return EXTRA + self.ordinal


def schedule_id(inst: str, line: str, on: str) -> str:
    return ids.derive("sch", inst, line, on)


def template_id(inst: str, line: str, version: int) -> str:
    return ids.derive("tpl", inst, line, version)


def deviation_id(inst: str, line: str, on: str) -> str:
    return ids.derive("dev", inst, line, on)


class Day(msgspec.Struct, frozen=True):
    """A date as the timetable sees it: whose weekday it follows, and whether it is a holiday.

    ``known`` is False for a date of a year not announced that nobody has decided yet.
    """

    date: date
    weekday: int
    holiday: bool = False
    known: bool = True
    decided: int = 0
    """Version of a person's decision; 0 without."""


class Planned(msgspec.Struct, frozen=True):
    """A line's clinic on a date. ``state``: OPEN, CLOSED, or WAITING for somebody's decision."""

    template: Template
    day: Day
    state: str
    deviation: Deviation | None = None

    @property
    def schedule(self) -> str:
        return schedule_id(self.template.inst, self.template.line, self.day.date.isoformat())

    @property
    def firm(self) -> bool:
        """Decided by a person for just this date: carried over to who has booked."""
        return self.deviation is not None

    @property
    def source(self) -> str:
        """What it is made from: the same again is nothing to do."""
        changed = self.deviation.version if self.deviation else 0
        return f"{self.template.version}.{changed}.{self.day.decided}.{self.state}"

    @property
    def doctor_id(self) -> str:
        """Who sits there: the substitute, if there is one."""
        return (self.deviation and self.deviation.doctor_id) or self.template.doctor_id

    @property
    def hours(self) -> tuple[str, str]:
        changed, usual = self.deviation, self.template
        if changed and changed.begins and changed.ends:
            return changed.begins, changed.ends
        return usual.begins, usual.ends
