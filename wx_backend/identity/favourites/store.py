"""Favourites in MongoDB: one short list for each account and institution."""

from datetime import datetime

import msgspec

from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.identity.favourites.model import MOST, Favourite, list_id

FAVOURITES = Collection(
    "favourites",
    retention="account",
    indexes=(Index("account", (("inst", 1), ("account", 1)), unique=True),),
)


async def of(ctx: Ctx, account: str) -> list[Favourite]:
    """In the order they were added. One coalesced read."""
    doc = await ctx.db(FAVOURITES).get(list_id(ctx.institution or "", account))
    return msgspec.convert(doc["items"], list[Favourite]) if doc else []


async def of_everywhere(ctx: Ctx, account: str) -> dict[str, list[Favourite]]:
    """By institution, for a context that sees all."""
    docs = await ctx.db(FAVOURITES).find({"account": account})
    return {doc["inst"]: msgspec.convert(doc["items"], list[Favourite]) for doc in docs}


async def add(ctx: Ctx, account: str, one: Favourite) -> bool:
    """False when it is there already, or the list is full."""
    key = list_id(ctx.institution or "", account)
    room = {"items.id": {"$ne": one.id}, f"items.{MOST - 1}": {"$exists": False}}
    item = msgspec.to_builtins(one, builtin_types=(datetime,))
    try:
        await ctx.db(FAVOURITES).change(
            {"_id": key, **room},
            {"$push": {"items": item}, "$setOnInsert": {"account": account}},
            upsert=True,
        )
    except Duplicate:
        return False
    return True


async def take_out(ctx: Ctx, account: str, came_from: str) -> None:
    """What came with a merged account, in every institution that the context sees."""
    came = {"$pull": {"items": {"came_from": came_from}}}
    await ctx.db(FAVOURITES).change_many({"account": account}, came)


async def remove(ctx: Ctx, account: str, key: str) -> None:
    mine = list_id(ctx.institution or "", account)
    await ctx.db(FAVOURITES).change({"_id": mine}, {"$pull": {"items": {"id": key}}})


async def forget(ctx: Ctx, account: str) -> None:
    """The whole list of an account."""
    await ctx.db(FAVOURITES).delete_many({"_id": list_id(ctx.institution or "", account)})
