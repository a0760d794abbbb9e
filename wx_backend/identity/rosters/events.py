"""What duty rosters announce; told to nobody, kept for the audit."""

from wx_backend.base.events import EventType

_WHO = {
    "duty": "duty_doctor",
    "place": "ward:W03",
    "member": "stf00000000000000000000000000",
}

PLANNED = EventType("duty.planned", 1, dict(_WHO))
SWAPPED = EventType("duty.swapped", 1, {**_WHO, "before": "stf00000000000000000000000001"})
CANCELLED = EventType("duty.cancelled", 1, dict(_WHO))

events = [PLANNED, SWAPPED, CANCELLED]
