"""What the work list announces."""

from wx_backend.base.events import EventType

_WHAT = {
    "task": "task00000000000000000000000000",
    "work": "refund_abnormal",
    "concerns": "ord00000000000000000000000000",
    "roles": ["finance"],
    "person": "",
}

OPENED = EventType("task.opened", 1, dict(_WHAT))
TAKEN = EventType("task.taken", 1, dict(_WHAT))
RELEASED = EventType("task.released", 1, dict(_WHAT))
DONE = EventType("task.done", 1, dict(_WHAT))
ESCALATED = EventType("task.escalated", 1, dict(_WHAT))

events = [OPENED, TAKEN, RELEASED, DONE, ESCALATED]
