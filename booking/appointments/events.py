"""What appointments announce."""

from datetime import UTC, datetime
from typing import Any

from booking.appointments.model import Appointment
from wx_backend.base.context import Ctx
from wx_backend.base.events import EventType, happened

_APPOINTMENT = {
    "appointment": "apt0000000000000000000000000",
    "account": "acc0000000000000000000000000",
    "patient": "王*国",
    "department": "心血管内科",
    "doctor": "周启明",
    "location": "门诊楼 3 层 A 区 305 诊室",
    "starts_at": datetime(2026, 11, 24, 1, 30, tzinfo=UTC),
    "visit_date": "2026-11-24",
    "serial": "A012",
    "fee_fen": 5000,
}

CLAIMED = EventType("appointment.claimed", 1, _APPOINTMENT)
"""A hold of a number that a HIS owns: it is to be asked. Of our own ones a hold tells nothing."""

BOOKED = EventType("appointment.booked", 1, _APPOINTMENT)
RESEATED = EventType("appointment.reseated", 1, {**_APPOINTMENT, "moved": True})
UNSEATED = EventType(
    "appointment.unseated", 1, {**_APPOINTMENT, "refund_fen": 5000, "why": "slot_full"}
)
"""``why`` is the code of the refusal: slot_full, slot_closed (gone or begun) or limit_reached."""

CANCELLED = EventType(
    "appointment.cancelled", 1, {**_APPOINTMENT, "refund_fen": 5000, "by": "patient"}
)
EXPIRED = EventType("appointment.expired", 1, _APPOINTMENT)
AMENDED = EventType(
    "appointment.amended",
    1,
    {**_APPOINTMENT, "before": {"doctor": "林雪琴", "location": "门诊楼 3 层 A 区 306 诊室"}},
)
"""The hospital changed who sits where; time and number stay."""

STOPPED = EventType("appointment.stopped", 1, {**_APPOINTMENT, "refund_fen": 5000, "by": "patient"})
"""The clinic does not take place; ``by``: who chose the refund (patient, staff or system)."""

MOVED = EventType(
    "appointment.moved",
    1,
    {
        **_APPOINTMENT,
        "before": {"doctor": "林雪琴", "starts_at": datetime(2026, 11, 23, 1, 30, tzinfo=UTC)},
    },
)
"""Told by the new appointment, which is paid with the order of the one before."""

TO_PAY = EventType(
    "appointment.to_pay",
    1,
    {**_APPOINTMENT, "expires_at": datetime(2026, 11, 23, 1, 45, tzinfo=UTC)},
)
"""The desk holds a number; the patient pays on the phone."""

REBOOKED = EventType(
    "appointment.rebooked",
    1,
    {
        **_APPOINTMENT,
        "before": {"doctor": "林雪琴", "starts_at": datetime(2026, 11, 23, 1, 30, tzinfo=UTC)},
        "refund_fen": 0,
    },
)
"""As ``moved``, by the patient's own wish; ``refund_fen``: by how much the new one is cheaper."""

CHECKED_IN = EventType("appointment.checked_in", 1, _APPOINTMENT)
"""The patient is here."""

MISSED = EventType("appointment.missed", 1, _APPOINTMENT)
"""The patient did not come; the fee stays paid."""

RESCHEDULED = EventType(
    "appointment.rescheduled", 1, {**_APPOINTMENT, "into": "apt1111111111111111111111111"}
)
REFUSED = EventType("appointment.refused", 1, {**_APPOINTMENT, "refund_fen": 5000})
"""The HIS that owns the number has given it to somebody else."""

OFFER_REFUSED = EventType("appointment.offer_refused", 1, _APPOINTMENT)
"""As ``refused``, of a number that the waiting list was only offering: the list tells of it."""

RELEASED = EventType("appointment.released", 1, {**_APPOINTMENT, "kept_for": "stc00"})
"""A place that the hospital kept for somebody is free again."""


def change(ctx: Ctx, kind: EventType, appointment: Appointment, **more: Any) -> dict:
    """The event of its next version, told by the write that makes it; ``more`` goes into data."""
    facts = appointment.facts(**more)
    return happened(ctx, kind, appointment.id, appointment.version + 1, **facts)


events = [CLAIMED, REFUSED, OFFER_REFUSED, BOOKED, RESEATED, UNSEATED, CANCELLED, EXPIRED, AMENDED]
events += [STOPPED, MOVED, TO_PAY, REBOOKED, RESCHEDULED, RELEASED, MISSED, CHECKED_IN]
