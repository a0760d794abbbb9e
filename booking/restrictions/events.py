"""What restrictions announce."""

from datetime import UTC, datetime
from typing import Any

from booking.restrictions.model import KINDS, Restriction
from wx_backend.base.context import Ctx
from wx_backend.base.events import EventType, happened

_RESTRICTION = {
    "restriction": "rst0000000000000000000000000",
    "kind": "no_show",
    "reason": KINDS["no_show"],
    "patient": "王*国",
    "accounts": ["acc0000000000000000000000000"],
    "times": 3,
    "days": 90,
}
_UNTIL = {"until": datetime(2027, 2, 21, 16, 0, tzinfo=UTC)}

PROPOSED = EventType("restriction.proposed", 1, _RESTRICTION)
DECLINED = EventType("restriction.declined", 1, {**_RESTRICTION, "words": "当日大雪，公交停运"})
IMPOSED = EventType("restriction.imposed", 1, {**_RESTRICTION, **_UNTIL, "words": "情况属实"})
APPEALED = EventType("restriction.appealed", 1, _RESTRICTION)
UPHELD = EventType("restriction.upheld", 1, {**_RESTRICTION, **_UNTIL, "words": "情况属实"})
LIFTED = EventType("restriction.lifted", 1, {**_RESTRICTION, "words": "核实为系统误记"})
"""Before its time, by a person: after an appeal, or without one."""

EXPIRED = EventType("restriction.expired", 1, _RESTRICTION)


def change(ctx: Ctx, kind: EventType, one: Restriction, **more: Any) -> dict:
    """The event of the next version of ``one``."""
    return happened(ctx, kind, one.id, one.version + 1, **one.facts(), **more)


events = [PROPOSED, DECLINED, IMPOSED, APPEALED, UPHELD, LIFTED, EXPIRED]
