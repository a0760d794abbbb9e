"""The events of an alert as its documents carry them. Pure but for the clock of their making."""

from collections.abc import Iterable

from notify.critical.events import ASKING
from notify.critical.model import MACHINE, Alert
from notify.critical.readback import NEUTRAL, choices
from wx_backend.base.context import Ctx
from wx_backend.base.events import EventType, happened


def tell(
    ctx: Ctx, kind: EventType, alert: Alert, members: Iterable[str], n: int = 0, **more: object
) -> dict:
    """``alert`` is as it is after the change; ``members`` are those to be told."""
    facts = {
        "alert": alert.id,
        "state": alert.state,
        "rung": max(alert.rung, 0),
        "severity": alert.severity,
        "members": list(dict.fromkeys(members)),
        "patient": alert.patient,
        "item": alert.item,
        "name": alert.name,
        "value": alert.value,
        "unit": alert.unit,
        "area": alert.area,
        "ward": alert.ward_name or alert.ward,
        "bed": alert.bed,
        "department": alert.department,
        "report": alert.report,
        "link": f"/doctor/alerts/{alert.id}",
        "by": "",
    }
    if kind.name in ASKING:
        offered = choices(alert) if alert.state == MACHINE.initial else []
        facts["choices"] = [one.value or NEUTRAL for one in offered]
    return happened(ctx, kind, alert.id, alert.version, n, **{**facts, **more})
