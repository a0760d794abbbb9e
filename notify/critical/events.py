"""What alerts announce. Cards are made of these, so a value is only under ``value`` and ``unit``,
which templates leave out unless the hospital has widened the card.
"""

from wx_backend.base.events import EventType

_ALERT = {
    "alert": "alr00000000000000000000000000",
    "state": "RAISED",
    "rung": 0,
    "severity": "A",
    "members": ["stf00000000000000000000000000"],
    "patient": "王*某",
    "item": "K",
    "name": "钾",
    "value": "2.6",
    "unit": "mmol/L",
    "area": "INPATIENT",
    "ward": "心内科病区",
    "bed": "12",
    "department": "心内科",
    "report": "rep00000000000000000000000000",
    "link": "/doctor/alerts/alr00000000000000000000000000",
    "by": "",
}
"""``members`` are to be told; ``by`` is the name of who acted, empty for the system."""

_OFFERED = {"choices": ["请选择您听到/看到的数值", "2.3", "2.6", "2.9", "3.2"]}
"""What a widened card offers for reading back, the first entry neutral."""


def _about(state: str, **more: object) -> dict:
    return {**_ALERT, "state": state, **more}


RAISED = EventType("critical.raised", 1, _about("RAISED", nobody=False, **_OFFERED), critical=True)
ESCALATED = EventType(
    "critical.escalated", 1, _about("RAISED", rung=1, nobody=False, **_OFFERED), critical=True
)
"""``nobody``: a rung could not be filled, or somebody could not be reached."""

TRANSFERRED = EventType(
    "critical.transferred", 1, _about("RAISED", nobody=False, **_OFFERED), critical=True
)
ASKING = frozenset({RAISED.name, ESCALATED.name, TRANSFERRED.name})
"""Their cards ask to read back."""

RECEIVED = EventType("critical.received", 1, _about("RECEIVED", by="赵婷"), critical=True)
PHYSICIAN_NOTIFIED = EventType(
    "critical.physician_notified", 1, _about("PHYSICIAN_NOTIFIED", by="赵婷"), critical=True
)
CONTACTED = EventType(
    "critical.contacted", 1, _about("PHYSICIAN_NOTIFIED", by="周启明"), critical=True
)
HANDLED = EventType("critical.handled", 1, _about("HANDLED", by="周启明"), critical=True)
NOTE_MISSING = EventType("critical.note_missing", 1, _about("HANDLED"), critical=True)
"""Handled, and still not in the course of disease after the limit."""

CLOSED = EventType("critical.closed", 1, _about("CLOSED", by="周启明"), critical=True)
RECALLED = EventType("critical.recalled", 1, _about("RECALLED", replaced_by=""), critical=True)
"""``replaced_by`` is the alert of the correction, when that is critical again."""

RECALL_UNHEARD = EventType(
    "critical.recall_unheard",
    1,
    _about("RECALLED", unheard="stf00000000000000000000000000"),
    critical=True,
)
"""``unheard`` could not be told of the recall; ``members`` are to tell them."""

HANDOVER_OFFERED = EventType(
    "critical.handover_offered", 1, _about("PHYSICIAN_NOTIFIED", by="周启明"), critical=True
)
HANDOVER_ACCEPTED = EventType(
    "critical.handover_accepted", 1, _about("PHYSICIAN_NOTIFIED", by="林雪芹"), critical=True
)
HANDOVER_DECLINED = EventType(
    "critical.handover_declined", 1, _about("PHYSICIAN_NOTIFIED", by="林雪芹"), critical=True
)
"""``by`` is empty when the colleague could not be asked."""

REFUTED = EventType("critical.refuted", 1, _about("FALSE_ALARM", by="周启明"), critical=True)

events = [
    RAISED,
    ESCALATED,
    TRANSFERRED,
    RECEIVED,
    PHYSICIAN_NOTIFIED,
    CONTACTED,
    HANDLED,
    NOTE_MISSING,
    CLOSED,
    RECALLED,
    RECALL_UNHEARD,
    HANDOVER_OFFERED,
    HANDOVER_ACCEPTED,
    HANDOVER_DECLINED,
    REFUTED,
]
