"""Confirmations in MongoDB."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from notify.confirmations.model import CONFIRMATION, Confirmation
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due

BATCH = 10
"""Told side by side, so that a batch lasts no longer than one LIS that does not answer."""

LEASE_SECONDS = 60
"""Longer than a try may last (see ``gateways/lis/client.py``)."""

CONFIRMATIONS = Collection(
    "lis_confirmations",
    retention="inpatient",
    indexes=(DUE_INDEX, Index("alert", (("inst", 1), ("alert", 1)))),
)


async def add(ctx: Ctx, one: Confirmation) -> bool:
    """False when it is there already."""
    doc = msgspec.to_builtins(one, builtin_types=(datetime,))
    due = {"due_at": one.at} if one.state == CONFIRMATION.initial else {}
    try:
        await ctx.db(CONFIRMATIONS).insert({**doc, **due})
    except Duplicate:
        return False
    return True


async def of_alert(ctx: Ctx, alert: str) -> list[Confirmation]:
    docs = await ctx.db(CONFIRMATIONS).find({"alert": alert}, sort=[("acted_at", 1)])
    return [msgspec.convert(doc, Confirmation) for doc in docs]


async def claim(ctx: Ctx) -> list[dict]:
    return await claim_due(ctx, CONFIRMATIONS, BATCH, LEASE_SECONDS)


async def end(ctx: Ctx, doc: dict, action: str, **fields: Any) -> None:
    """``accept``, ``refuse`` or ``park``, unless another process has taken it over meanwhile."""
    state = CONFIRMATION.next(doc["state"], action)
    await _settle(ctx, doc, {"$set": {"state": state, **fields}, "$unset": SETTLED})


async def again(ctx: Ctx, doc: dict, wait: timedelta, reason: str) -> None:
    later = {"due_at": ctx.now() + wait, "reason": reason, "tries": doc["tries"] + 1}
    await _settle(ctx, doc, {"$set": later, "$unset": RELEASED})


async def replay(ctx: Ctx, alert: str) -> int:
    """What was refused or parked of this alert is due again; how many."""
    waiting = {"alert": alert, "state": {"$in": sorted(CONFIRMATION.sources("replay"))}}
    now = ctx.now()
    fresh = {"state": CONFIRMATION.initial, "at": now, "due_at": now, "tries": 0, "reason": ""}
    return await ctx.db(CONFIRMATIONS).change_many(waiting, {"$set": fresh})


async def _settle(ctx: Ctx, doc: dict, update: dict) -> None:
    await ctx.db(CONFIRMATIONS).change({"_id": doc["_id"], "lease": doc["lease"]}, update)
