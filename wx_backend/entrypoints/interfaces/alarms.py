"""Alarms about messages: a small list that people work through, with an event for each."""

from datetime import datetime

import msgspec

from wx_backend.base import ids
from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.events import happened
from wx_backend.base.outbox import CRITICAL
from wx_backend.entrypoints.interfaces.model import ALARMED, Alarm, AlarmKind, Received
from wx_backend.identity.worklist import service as worklist

TASK = "interface_alarm"
"""The work that an alarm makes for people: opened by the alarm's event, settled with it."""

ALARMS = Collection(
    "interface_alarms",
    retention="interface",
    ages="settled_at",
    outbox=True,
    critical=True,
    indexes=(Index("open", (("inst", 1), ("at", -1)), partial={"state": "OPEN"}),),
)


async def sound(ctx: Ctx, about: Received, kind: AlarmKind, reason: str, field: str = "") -> None:
    """Tells people about a message; once for each message and kind."""
    key = ids.derive("alm", kind, about.key)
    event = happened(
        ctx,
        ALARMED,
        key,
        1,
        alarm=key,
        about=kind,
        message=about.key,
        message_kind=about.kind,
        sender=about.sender,
        reason=reason,
        field=field,
    )
    alarm = Alarm(
        id=key,
        inst=ctx.institution or "",
        kind=kind,
        state="OPEN",
        message=about.key,
        received_at=about.received_at,
        message_kind=about.kind,
        sender=about.sender,
        control_id=about.control_id,
        reason=reason,
        field=field,
        at=ctx.now(),
    )
    doc = msgspec.to_builtins(alarm, builtin_types=(datetime,))
    try:
        await ctx.db(ALARMS).insert({**doc, "outbox": [event]})
    except Duplicate:
        return
    ctx.house.nudge(CRITICAL)


async def waiting(ctx: Ctx, limit: int = 100) -> list[Alarm]:
    """Open alarms, newest first."""
    docs = await ctx.db(ALARMS).find({"state": "OPEN"}, sort=[("at", -1)], limit=limit)
    return [msgspec.convert(doc, Alarm) for doc in docs]


async def get(ctx: Ctx, key: str) -> Alarm | None:
    doc = await ctx.db(ALARMS).get(key)
    return msgspec.convert(doc, Alarm) if doc else None


async def settle(ctx: Ctx, key: str) -> bool:
    """OPEN → SETTLED; False when somebody was first."""
    change = {"$set": {"state": "SETTLED", "settled_by": str(ctx.actor), "settled_at": ctx.now()}}
    settled = await ctx.db(ALARMS).change({"_id": key, "state": "OPEN"}, change)
    await worklist.settle(ctx, TASK, key)
    return bool(settled)
