"""What becomes known of a lock: for the appointments, nobody is told."""

from typing import Any

from booking.locks.model import Lock
from wx_backend.base.context import Ctx
from wx_backend.base.events import EventType, happened

_LOCK = {
    "lock": "lck0000000000000000000000000",
    "appointment": "apt0000000000000000000000000",
    "slot": "slot0000000000000000000000000",
    "number": 3,
}

LOCKED = EventType("number.locked", 1, _LOCK)
REFUSED = EventType("number.refused", 1, {**_LOCK, "why": "taken"})
"""``why``: the HIS's code; it has given the number to somebody else, or never had it."""


def change(ctx: Ctx, kind: EventType, lock: Lock, **more: Any) -> dict:
    """The event of its next version."""
    facts = {
        "lock": lock.id,
        "appointment": lock.appointment,
        "slot": lock.place.slot,
        "number": lock.place.number,
        **more,
    }
    return happened(ctx, kind, lock.id, lock.version + 1, **facts)


events = [LOCKED, REFUSED]
