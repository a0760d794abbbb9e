"""What the timetable announces. Opening a clinic announces nothing: its numbers are there."""

from wx_backend.base.events import EventType

_SCHEDULE = {
    "schedule": "sch00000000000000000000000000",
    "department": "dep00000000000000000000000000",
    "doctor": "doc00000000000000000000000000",
    "date": "2026-11-24",
    "session": "AM",
    "slots": 7,
}

CHANGED = EventType("schedule.changed", 1, dict(_SCHEDULE))
CLOSED = EventType("schedule.closed", 1, {**_SCHEDULE, "reason": "医生外出"})
REOPENED = EventType("schedule.reopened", 1, dict(_SCHEDULE))
SUBSTITUTED = EventType(
    "schedule.substituted", 1, {**_SCHEDULE, "instead_of": "doc11111111111111111111111111"}
)
WITHDRAWN = EventType("schedule.withdrawn", 1, dict(_SCHEDULE))
EXTRA_GIVEN = EventType(
    "schedule.extra_given",
    1,
    {
        "schedule": "sch00000000000000000000000000",
        "slot": "slot00000000000000000000000000",
        "patient": "王*国",
        "number": 101,
        "reason": "外地复诊，次日返程",
    },
)
TEMPLATE_MADE = EventType(
    "template.made",
    1,
    {"line": "tln00000000000000000000000000", "version": 2, "effective_from": "2026-12-01"},
)
DEVIATION_MADE = EventType(
    "deviation.made",
    1,
    {
        "line": "tln00000000000000000000000000",
        "date": "2026-11-24",
        "state": "CLOSED",
        "reason": "医生外出",
    },
)
DAY_DECIDED = EventType(
    "calendar.decided", 1, {"date": "2027-01-01", "kind": "HOLIDAY", "weekday": 4}
)

events = [
    CHANGED,
    CLOSED,
    REOPENED,
    SUBSTITUTED,
    WITHDRAWN,
    EXTRA_GIVEN,
    TEMPLATE_MADE,
    DEVIATION_MADE,
    DAY_DECIDED,
]
