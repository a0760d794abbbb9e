"""What charts and encounters announce; people are named by reference."""

from wx_backend.base.events import EventType

CHANGED = EventType(
    "encounter.changed",
    1,
    {
        "encounter": "enc00000000000000000000000000",
        "chart": "cha00000000000000000000000000",
        "change": "TRANSFERRED",
        "state": "OPEN",
        "encounter_kind": "I",
        "ward": "心内科病区",
        "bed": "12",
        "department": "心内科",
        "attending": "D01",
    },
)
MERGED = EventType(
    "chart.merged",
    1,
    {"chart": "cha00000000000000000000000000", "into": "cha00000000000000000000000001"},
)

events = [CHANGED, MERGED]
