"""Refund requests in MongoDB."""

from datetime import datetime
from typing import Any

import msgspec

from booking.refunding.model import PENDING, Request
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import SETTLED, claim_due

REQUESTS = Collection(
    "refund_requests",
    retention="accounting",
    indexes=(Index("order", (("inst", 1), ("order", 1), ("asked_at", 1))), DUE_INDEX),
)


async def add(ctx: Ctx, request: Request, due_at: datetime) -> bool:
    """False when it is there already."""
    doc = msgspec.to_builtins(request, builtin_types=(datetime,))
    try:
        await ctx.db(REQUESTS).insert({**doc, "due_at": due_at})
    except Duplicate:
        return False
    return True


async def get(ctx: Ctx, key: str) -> Request | None:
    doc = await ctx.db(REQUESTS).get(key)
    return msgspec.convert(doc, Request) if doc else None


async def of_order(ctx: Ctx, order: str) -> list[Request]:
    """Oldest first."""
    docs = await ctx.db(REQUESTS).find({"order": order}, sort=[("asked_at", 1)])
    return [msgspec.convert(doc, Request) for doc in docs]


async def due(ctx: Ctx, limit: int) -> list[Request]:
    """Of all institutions; by lease."""
    return [msgspec.convert(doc, Request) for doc in await claim_due(ctx, REQUESTS, limit)]


async def change(ctx: Ctx, request: Request, **fields: Any) -> Request | None:
    """One conditional write; None when somebody was first. What is agreed to is due at once, what
    is over no more.
    """
    pending = fields["state"] in PENDING
    update: dict[str, Any] = {"$set": fields, "$inc": {"version": 1}}
    if pending:
        update["$set"] = {**fields, "due_at": ctx.now()}
    else:
        update["$unset"] = SETTLED
    doc = await ctx.db(REQUESTS).change({"_id": request.id, "version": request.version}, update)
    return msgspec.convert(doc, Request) if doc else None


async def told(ctx: Ctx, request: Request) -> None:
    """Somebody has been asked to look at it: nothing is due before they have."""
    await ctx.db(REQUESTS).change(
        {"_id": request.id, "version": request.version}, {"$unset": SETTLED}
    )
