"""The waiting list: who may join, who comes first, how long an offer lasts. Pure.

Rules: clinical.md 3.2 (first come first served, only when full; open 06:00-23:00; cleared at 23:00
of the day before the visit; pay within 24 h, 30 minutes inside the last day) and 3.3.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from booking.schedules.model import Slot
from wx_backend.base import clock
from wx_backend.base.errors import AppError
from wx_backend.base.machine import Machine

Scope = Literal["slot", "session", "day"]

DAY = timedelta(hours=24)

LIFE = Machine(
    name="waiting",
    states=frozenset({"WAITING", "OFFERED", "TAKEN", "LEFT", "MISSED", "CLEARED"}),
    initial="WAITING",
    transitions={
        ("WAITING", "offer"): "OFFERED",
        ("WAITING", "assign"): "TAKEN",
        ("WAITING", "leave"): "LEFT",
        ("WAITING", "clear"): "CLEARED",
        ("OFFERED", "take"): "TAKEN",
        ("OFFERED", "put_back"): "WAITING",  # a HIS that owns the number has not given it
        ("OFFERED", "leave"): "LEFT",
        ("OFFERED", "miss"): "MISSED",
        ("OFFERED", "clear"): "CLEARED",  # its clinic is stopped
    },
    terminal=frozenset({"TAKEN", "LEFT", "MISSED", "CLEARED"}),
)
OPEN = LIFE.states - LIFE.terminal


class NotFull(AppError):
    """``free``: how many numbers can be booked right now."""

    code, status, message = "waiting_not_full", 409, "现在还有号，请直接预约"


class WaitingClosed(AppError):
    """Outside the hours of the list, or it has been cleared for this visit date."""

    code, status, message = "waiting_closed", 409, "候补现在不开放"


class WaitingLimit(AppError):
    """``limit``: day (the patient waits for this doctor's day), account or person."""

    code, status, message = "waiting_limit", 409, "已达到候补次数上限"


LIMIT_WORDS = {
    "day": "该就诊人已在候补这位医生当天的号",
    "account": "您的账号候补这位医生当天的就诊人已达上限",
    "person": "该就诊人同时候补的数量已达上限",
}


class Join(msgspec.Struct, frozen=True):
    """The command: ``patient`` waits for ``slot``, its session, or the doctor's whole day.

    ``auto``: a number without a fee is taken for them at once; ``agreed``: they want the one
    message that a number has come.
    """

    slot: str
    patient: str
    scope: Scope = "slot"
    auto: bool = False
    agreed: bool = False


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One patient on the list. Times are UTC; ``patient`` is masked for display.

    ``starts_at`` is of the slot it was asked for; ``appointment`` is what was offered or assigned,
    with its serial number and the start ``found_starts_at``; ``offered_until`` is when it can be
    taken no more. ``asking``: who owns that number has not said yet that it is theirs, and they
    have been told nothing; ``no_symptoms_at``: when they declared to have none of the symptoms
    asked for; ``round``: how often they have waited, counting from 1.
    """

    id: str
    inst: str
    state: str
    version: int
    account: str
    channel: str | None
    patient_id: str
    patient: str
    department_id: str
    department: str
    doctor_id: str
    doctor: str
    visit_date: str
    session: str
    zone: str
    scope: Scope
    slot: str
    starts_at: datetime
    ends_at: datetime
    location: str
    fee_fen: int
    auto: bool
    request: str
    key: str
    joined_at: datetime
    clears_at: datetime
    appointment: str | None = None
    offered_at: datetime | None = None
    offered_until: datetime | None = None
    serial: str = ""
    found_starts_at: datetime | None = None
    agreed: bool = False
    asking: bool = False
    no_symptoms_at: datetime | None = None
    round: int = 1

    @property
    def place(self) -> tuple[datetime, str]:
        """First come first served; the id decides between two of one moment."""
        return self.joined_at, self.id

    def wants(self, slot: Slot) -> bool:
        """Whether a number of ``slot`` is what they wait for."""
        if (slot.doctor_id, slot.visit_date) != (self.doctor_id, self.visit_date):
            return False
        return {
            "slot": slot.id == self.slot,
            "session": slot.session == self.session,
            "day": True,
        }[self.scope]

    def competes(self, other: "Entry") -> bool:
        """Whether one number may be what both wait for."""
        return self.meets(other.scope, other.session, other.slot)

    def meets(self, scope: Scope, session: str, slot: str) -> bool:
        """Whether one number of the doctor's day may be what they and such a scope wait for."""
        if "day" in (self.scope, scope):
            return True
        if "session" in (self.scope, scope):
            return self.session == session
        return self.slot == slot


def doctor_day(doctor_id: str, visit_date: str) -> str:
    """The line that a doctor's slots of one day have in common."""
    return f"{doctor_id}:{visit_date}"


def ahead_of(entry: Entry, line: Iterable[Entry]) -> int:
    """How many of ``line`` come before ``entry`` for something that both wait for."""
    return sum(one.place < entry.place and one.competes(entry) for one in line)


def waiting_for(slot: Slot, line: Iterable[Entry]) -> int:
    """How many of ``line`` wait for a number of this slot."""
    return sum(one.wants(slot) for one in line)


def before_newcomer(slot: Slot, scope: Scope, line: Iterable[Entry]) -> int:
    """How many of ``line`` would come before somebody who joined now."""
    here = doctor_day(slot.doctor_id, slot.visit_date)
    return sum(
        one.meets(scope, slot.session, slot.id)
        for one in line
        if doctor_day(one.doctor_id, one.visit_date) == here
    )


def limit_rows(join: Join, account: str, slot: Slot, accounts: int, persons: int) -> list[list]:
    """Keys of which an entry takes one per row; a unique index refuses the second taker.

    Args:
        accounts: how many patients of one account may wait for a doctor's day.
        persons: how many entries one patient may have.
    """
    day = doctor_day(slot.doctor_id, slot.visit_date)
    return [
        [f"day:{join.patient}:{day}"],
        [f"account:{account}:{day}:{n}" for n in range(accounts)],
        [f"person:{join.patient}:{n}" for n in range(persons)],
    ]


OF_ACCOUNTS = frozenset({"account"})
"""Limits of who signs in, and so of whom an entry is moved to when accounts become one."""


def key_limit(key: str) -> str:
    """What an idempotency key takes among the limits: it makes one entry, ever."""
    return f"key:{key}"


def moment(day: date, hours: str, zone: str) -> datetime:
    """``hours`` (``HH:MM`` or ``24:00``) of a local day, in UTC."""
    hour, minute = (int(part) for part in hours.split(":"))
    return clock.local_midnight(day, zone) + timedelta(hours=hour, minutes=minute)


def clears_at(slot: Slot, closes: str) -> datetime:
    """When the list of a slot's day is cleared: the day before the visit."""
    return moment(date.fromisoformat(slot.visit_date) - timedelta(days=1), closes, slot.zone)


def next_open(now: datetime, zone: str, opens: str, closes: str) -> datetime:
    """``now`` while the list is open, else when it opens next."""
    today = clock.local_date(now, zone)
    if now < moment(today, opens, zone):
        return moment(today, opens, zone)
    return now if now < moment(today, closes, zone) else moment(today + DAY, opens, zone)


def take_until(now: datetime, starts_at: datetime, hours: int, last_minutes: int) -> datetime:
    """Until when an offer can be taken: ``hours`` (24 at most); ``last_minutes`` once the visit is
    less than a day away; never past its start.
    """
    last_day = max(now, starts_at - DAY) + timedelta(minutes=last_minutes)
    return min(now + min(DAY, timedelta(hours=hours)), last_day, starts_at)
