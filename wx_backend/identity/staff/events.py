"""What the staff directory announces; told to nobody, kept for the audit."""

from wx_backend.base.events import EventType

_WHO = {"member": "stf00000000000000000000000000", "number": "D1001"}

ADDED = EventType("staff.added", 1, dict(_WHO))
CHANGED = EventType("staff.changed", 1, {**_WHO, "fields": ["title"]})
GRANTED = EventType("staff.granted", 1, {**_WHO, "roles": ["doctor"], "before": ["nurse"]})
LEFT = EventType("staff.left", 1, dict(_WHO))
REJOINED = EventType("staff.rejoined", 1, dict(_WHO))

events = [ADDED, CHANGED, GRANTED, LEFT, REJOINED]
