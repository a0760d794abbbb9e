"""Postings in MongoDB."""

from datetime import datetime
from typing import Any

import msgspec

from booking.postings.model import OPEN, Posting
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due

POSTINGS = Collection(
    "postings",
    retention="accounting",
    outbox=True,
    indexes=(
        Index("order", (("inst", 1), ("order", 1))),
        Index("reverses", (("reverses", 1),), sparse=True),
        Index("open", (("inst", 1), ("state", 1), ("made_at", 1))),
        DUE_INDEX,
    ),
)


def posting_of(doc: dict) -> Posting:
    return msgspec.convert(doc, Posting)


async def add(ctx: Ctx, posting: Posting) -> bool:
    """It is due at once. False when it is there already."""
    doc = msgspec.to_builtins(posting, builtin_types=(datetime,))
    try:
        await ctx.db(POSTINGS).insert({**doc, "due_at": ctx.now()})
    except Duplicate:
        return False
    return True


async def get(ctx: Ctx, key: str) -> Posting | None:
    doc = await ctx.db(POSTINGS).get(key)
    return posting_of(doc) if doc else None


async def of_order(ctx: Ctx, order: str) -> list[Posting]:
    """Oldest first."""
    docs = await ctx.db(POSTINGS).find({"order": order}, sort=[("made_at", 1), ("_id", 1)])
    return [posting_of(doc) for doc in docs]


async def of_orders(ctx: Ctx, orders: list[str]) -> list[Posting]:
    """Every posting of these orders."""
    docs = await ctx.db(POSTINGS).find({"order": {"$in": orders}})
    return [posting_of(doc) for doc in docs]


async def open_orders(ctx: Ctx, limit: int) -> tuple[str, ...]:
    """Orders of which something is not over, each once, longest first."""
    docs = await ctx.db(POSTINGS).find(
        {"state": {"$in": sorted(OPEN)}}, sort=[("made_at", 1)], limit=limit, only=["order"]
    )
    return tuple(dict.fromkeys(doc["order"] for doc in docs))


async def refunds_of(ctx: Ctx, payment: str) -> list[Posting]:
    docs = await ctx.db(POSTINGS).find({"reverses": payment})
    return [posting_of(doc) for doc in docs]


async def due(ctx: Ctx, limit: int) -> list[Posting]:
    """Of all institutions; by lease."""
    return [posting_of(doc) for doc in await claim_due(ctx, POSTINGS, limit)]


async def change(
    ctx: Ctx,
    posting: Posting,
    event: dict | None = None,
    due_at: datetime | None = None,
    **fields: Any,
) -> Posting | None:
    """One conditional write; None when somebody was first.

    With ``due_at`` it is looked at again then, and the lease is let go; what is over or waits for a
    person is due no more.
    """
    update: dict[str, Any] = {
        "$set": msgspec.to_builtins(fields, builtin_types=(datetime,)),
        "$inc": {"version": 1},
    }
    state = fields.get("state", posting.state)
    if due_at:
        update["$set"]["due_at"] = due_at
        update["$unset"] = RELEASED
    elif state == "REFUSED" or state not in OPEN:
        update["$unset"] = SETTLED
    if event:
        update["$push"] = {"outbox": event}
    doc = await ctx.db(POSTINGS).change({"_id": posting.id, "version": posting.version}, update)
    if doc is None:
        return None
    if event:
        ctx.house.nudge()
    return posting_of(doc)


async def hurry_refunds(ctx: Ctx, payment: str) -> None:
    """What has become of a payment is known: its refunds wait no longer."""
    await ctx.db(POSTINGS).change_many(
        {"reverses": payment, "state": "WAITING"},
        {
            "$set": {"due_at": ctx.now(), "tries": 0},
            "$unset": RELEASED,
            "$inc": {"version": 1},
        },
    )
