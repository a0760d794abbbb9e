"""What the waiting list announces."""

from datetime import UTC, datetime
from typing import Any

from booking.appointments.model import Appointment
from booking.waiting.model import Entry
from wx_backend.base.context import Ctx
from wx_backend.base.events import EventType, happened

_ENTRY = {
    "entry": "wait0000000000000000000000000",
    "account": "acc0000000000000000000000000",
    "patient": "王*国",
    "department": "心血管内科",
    "doctor": "周启明",
    "visit_date": "2026-11-24",
    "starts_at": datetime(2026, 11, 24, 1, 30, tzinfo=UTC),
}
_NUMBER = {
    **_ENTRY,
    "appointment": "apw0000000000000000000000000",
    "location": "门诊楼 3 层 A 区 305 诊室",
    "serial": "A012",
    "fee_fen": 5000,
    "until": datetime(2026, 11, 23, 1, 30, tzinfo=UTC),
}

OFFERED = EventType("waiting.offered", 1, _NUMBER)
"""A number is held for them; ``until`` when it can be taken."""

ASSIGNED = EventType("waiting.assigned", 1, _NUMBER)
PUT_BACK = EventType("waiting.put_back", 1, _ENTRY)
"""The HIS that owns the offered number has given it to somebody else: they keep their place."""

EXPIRED = EventType("waiting.expired", 1, _ENTRY)
CLEARED = EventType("waiting.cleared", 1, _ENTRY)


def change(ctx: Ctx, kind: EventType, entry: Entry, **more: Any) -> dict:
    """The event of its next version, told by the write that makes it; ``more`` goes into data."""
    facts = {
        "entry": entry.id,
        "account": entry.account,
        "patient": entry.patient,
        "department": entry.department,
        "doctor": entry.doctor,
        "visit_date": entry.visit_date,
        "starts_at": entry.starts_at,
    }
    return happened(ctx, kind, entry.id, entry.version + 1, **{**facts, **more})


def found(ctx: Ctx, kind: EventType, entry: Entry, number: Appointment) -> dict:
    """As ``change``, with the number that was found for them."""
    return change(
        ctx,
        kind,
        entry,
        appointment=number.id,
        location=number.location,
        starts_at=number.starts_at,
        serial=number.serial,
        fee_fen=number.fee_fen,
        until=number.expires_at,
    )


events = [OFFERED, ASSIGNED, PUT_BACK, EXPIRED, CLEARED]
