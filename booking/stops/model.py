"""Stop-clinic (停诊): what is offered to whom has lost a number, and until when. Pure.

A stop is about a schedule; a case about one appointment. The source of the rules is clinical.md
3.5: a replacement of the same specialty and rank first, another date with a place kept for them,
else the full fee back; who has not answered is called, and is refunded when the session begins.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from booking.appointments.model import Appointment
from booking.schedules.model import Slot
from wx_backend.base import ids
from wx_backend.base.errors import AppError
from wx_backend.base.machine import Machine

SAME, OTHER, REFUND = "same", "other", "refund"
CHOICES = {SAME: "接受同级医生", OTHER: "改到其他日期", REFUND: "退号退费"}
AHEAD = timedelta(days=28)
"""How far after the visit another date is looked for."""
APART = timedelta(minutes=30)
"""A replacement's slot begins less than this before or after."""
RESUMED_AFTER = timedelta(seconds=30)
"""A decision that nobody has carried out by then was broken off: the sweep goes on with it."""
OUTCOMES = {"REACHED": "已联系上", "UNREACHED": "未联系上"}

CASE = Machine(
    name="stop case",
    states=frozenset({"ASKED", "CALLING", "MOVING", "MOVED", "REFUNDING", "REFUNDED", "CLEARED"}),
    initial="ASKED",
    transitions={
        ("ASKED", "call"): "CALLING",
        ("ASKED", "move"): "MOVING",
        ("CALLING", "move"): "MOVING",
        ("ASKED", "refund"): "REFUNDING",
        ("CALLING", "refund"): "REFUNDING",
        ("ASKED", "clear"): "CLEARED",
        ("CALLING", "clear"): "CLEARED",
        ("MOVING", "done"): "MOVED",
        ("MOVING", "fail"): "ASKED",  # somebody else was given the number: asked again
        ("MOVING", "clear"): "CLEARED",  # given back by the patient in between
        ("REFUNDING", "done"): "REFUNDED",
        ("CLEARED", "ask"): "ASKED",
    },
    terminal=frozenset({"MOVED", "REFUNDED"}),
)
OPEN = frozenset({"ASKED", "CALLING"})
"""States in which the patient may answer."""
SETTLED_BY = {SAME: frozenset({"MOVING", "MOVED"}), OTHER: frozenset({"MOVING", "MOVED"}),
              REFUND: frozenset({"REFUNDING", "REFUNDED"})}  # fmt: skip
"""States in which this choice has been decided for: the same answer again is no news."""


class OfferGone(AppError):
    """What was offered is not to be had any more; the page shows what is."""

    code, status, message = "stop_offer_gone", 409, "该方案已失效，请查看最新方案后重新选择"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A number instead. With ``until`` it is kept (``serial``), without it is first come."""

    slot: str
    doctor: str
    title: str
    location: str
    starts_at: datetime
    serial: str = ""
    until: datetime | None = None


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to reach the patient by phone; ``outcome`` is a key of ``OUTCOMES``."""

    at: datetime
    member: str
    outcome: str
    note: str = ""


class Case(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One appointment that lost its number. Times are UTC; ``patient`` is masked.

    Args:
        round: how often it was asked; what is kept for a round is never kept for another.
        call_at: from when somebody should ring.
        deadline: unanswered until then, it is refunded: the session begins.
        answered_by: the actor, or ``system``.
        no_symptoms_at: when the patient declared with the answer to have none of the symptoms.
        moved_to: the appointment that came of it.
    """

    id: str
    inst: str
    schedule: str
    appointment: str
    state: str
    version: int
    round: int
    account: str
    patient: str
    department: str
    doctor: str
    location: str
    visit_date: str
    session: str
    zone: str
    starts_at: datetime
    serial: str
    fee_fen: int
    asked_at: datetime
    call_at: datetime
    deadline: datetime
    same: Offer | None = None
    other: Offer | None = None
    choice: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None
    no_symptoms_at: datetime | None = None
    moved_to: str = ""
    calls: tuple[Call, ...] = ()

    @property
    def open(self) -> bool:
        return self.state in OPEN

    def cause(self, choice: str) -> str:
        """What a place is kept for."""
        return f"{self.id}:{self.round}:{choice}"

    def offer(self, choice: str, now: datetime) -> Offer | None:
        """The offer behind a choice, while it stands."""
        found = {SAME: self.same, OTHER: self.other}.get(choice)
        if found is None or now >= (found.until or found.starts_at):
            return None
        return found

    @property
    def due_at(self) -> datetime | None:
        """When something follows by itself."""
        if self.state == "ASKED":
            return min(self.call_at, self.deadline)
        if self.state == "CALLING":
            return self.deadline
        if self.state in ("MOVING", "REFUNDING"):
            return (self.answered_at or self.asked_at) + RESUMED_AFTER
        return None

    def facts(self) -> dict[str, object]:
        """What its events carry."""
        return {
            "case": self.id,
            "schedule": self.schedule,
            "appointment": self.appointment,
            "account": self.account,
            "patient": self.patient,
            "department": self.department,
            "doctor": self.doctor,
            "starts_at": self.starts_at,
            "fee_fen": self.fee_fen,
        }


class Progress(msgspec.Struct, frozen=True):
    """How far the cases of a schedule are."""

    asked: int
    calling: int
    moved: int
    refunded: int
    cleared: int

    @property
    def total(self) -> int:
        return self.asked + self.calling + self.moved + self.refunded + self.cleared

    @property
    def open(self) -> int:
        return self.asked + self.calling


def progress(cases: Iterable[Case]) -> Progress:
    """What is being carried out counts as done: it is decided."""
    states = [case.state for case in cases]
    return Progress(
        asked=states.count("ASKED"),
        calling=states.count("CALLING"),
        moved=states.count("MOVED") + states.count("MOVING"),
        refunded=states.count("REFUNDED") + states.count("REFUNDING"),
        cleared=states.count("CLEARED"),
    )


def case_id(appointment_id: str) -> str:
    """An appointment has one case, however often its session is stopped."""
    return ids.derive("stc", appointment_id)


def asked_in(cause: str) -> str:
    """The case that a place is kept for, by what ``Case.cause`` says."""
    return cause.partition(":")[0]


def call_at(now: datetime, deadline: datetime, patience: timedelta) -> datetime:
    """Who cannot be given ``patience`` before the session begins is called at once."""
    return now if deadline - now <= patience else now + patience


def deadline(session_begins: datetime, appointment: Appointment, now: datetime) -> datetime:
    """The session's start; of one that has begun, the appointment's own."""
    return session_begins if now < session_begins else appointment.starts_at


def replacements(slots: Iterable[Slot], old: Appointment) -> list[Slot]:
    """Slots of same-rank colleagues at the same time for the same fee, nearest in time first.

    The department stands for the specialty.
    """
    fitting = [
        slot
        for slot in slots
        if slot.visit_date == old.visit_date
        and slot.department_id == old.department_id
        and slot.doctor_id != old.doctor_id
        and (slot.title, slot.fee_fen) == (old.title, old.fee_fen)
        and abs(slot.starts_at - old.starts_at) < APART
    ]
    return sorted(fitting, key=lambda slot: (abs(slot.starts_at - old.starts_at), slot.id))


def other_dates(slots: Iterable[Slot], old: Appointment) -> list[Slot]:
    """Slots of the same doctor on other dates for the same fee, nearest in time first."""
    fitting = [
        slot
        for slot in slots
        if slot.visit_date != old.visit_date
        and (slot.doctor_id, slot.department_id) == (old.doctor_id, old.department_id)
        and slot.fee_fen == old.fee_fen
    ]
    return sorted(fitting, key=lambda slot: (abs(slot.starts_at - old.starts_at), slot.id))
