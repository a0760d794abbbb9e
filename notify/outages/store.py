"""Outages in MongoDB: there while they last."""

from datetime import datetime

import msgspec

from notify.outages.model import Outage
from wx_backend.base.collection import Collection, Index
from wx_backend.base.context import Ctx

OUTAGES = Collection(
    "outages", retention="forever", indexes=(Index("channel", (("inst", 1), ("channel", 1))),)
)


async def known(ctx: Ctx) -> list[Outage]:
    """All that the context sees, the oldest first; there are few."""
    docs = await ctx.db(OUTAGES).find(sort=[("since", 1), ("_id", 1)])
    return [msgspec.convert(doc, Outage) for doc in docs]


async def any_known(ctx: Ctx) -> bool:
    return bool(await ctx.db(OUTAGES).find(limit=1, only=["_id"]))


async def put(ctx: Ctx, outage: Outage) -> None:
    fields = msgspec.to_builtins(outage, builtin_types=(datetime,))
    await ctx.db(OUTAGES).put(fields.pop("_id"), fields)


async def remove(ctx: Ctx, outages: list[Outage]) -> None:
    await ctx.db(OUTAGES).delete_many({"_id": {"$in": [one.id for one in outages]}})
