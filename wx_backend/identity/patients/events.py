"""What bindings announce. Names stay out: the data says who by reference."""

from wx_backend.base.events import EventType

_BINDING = {
    "binding": "bind00000000000000000000000000",
    "account": "acc00000000000000000000000000",
    "patient_id": "pat00000000000000000000000000",
}

ADDED = EventType("binding.added", 1, {**_BINDING, "relation": "PARENT"})
REMOVED = EventType("binding.removed", 1, _BINDING)
VERIFIED = EventType("binding.verified", 1, {**_BINDING, "method": "DESK"})
CAME_OF_AGE = EventType(
    "binding.came_of_age",
    1,
    {**_BINDING, "patient": "王*明", "accounts": ["acc00000000000000000000000000"]},
)
READING_CHANGED = EventType(
    "binding.reading_changed", 1, {**_BINDING, "patient": "王*明", "allowed": True}
)

events = [ADDED, REMOVED, VERIFIED, CAME_OF_AGE, READING_CHANGED]
