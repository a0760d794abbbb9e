"""Revocations in MongoDB: one document for each session or person whose sessions ended early."""

from datetime import datetime

from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx, House

REVOCATIONS = Collection(
    "revocations",
    retention="session",
    scoped=False,
    indexes=(Index("at", (("at", 1),)), Index("until", (("until", 1),))),
)


async def revoke(ctx: Ctx, key: str, below: int, until: datetime) -> None:
    """Tells all processes that sessions of ``key`` with an epoch under ``below`` are over."""
    ends = {"below": below, "until": until}
    try:
        await ctx.db(REVOCATIONS).insert({"_id": key, "at": ctx.wire_now(), **ends})
    except Duplicate:
        await ctx.db(REVOCATIONS).change(
            {"_id": key}, {"$max": ends, "$set": {"at": ctx.wire_now()}}
        )


async def since(house: House, moment: datetime) -> list[dict]:
    return await house.db.scoped(REVOCATIONS, None).find({"at": {"$gte": moment}})


async def forget(ctx: Ctx) -> int:
    """Removes those whose sessions have run out by themselves (real time)."""
    return await ctx.db(REVOCATIONS).delete_many({"until": {"$lt": ctx.wire_now()}})
