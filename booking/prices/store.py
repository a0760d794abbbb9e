"""The price catalogue in MongoDB, and its imports."""

from datetime import datetime
from typing import Any

import msgspec

from booking.prices.model import Import, Item
from wx_backend.base import ids, search
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due
from wx_backend.gateways.his_bills.port import Price

PRICES = Collection(
    "prices",
    retention="forever",
    indexes=(
        Index("tokens", (("inst", 1), ("tokens", 1))),
        Index("category", (("inst", 1), ("category", 1), ("code", 1))),
        Index("code", (("inst", 1), ("code", 1)), unique=True),
    ),
)
IMPORTS = Collection(
    "price_imports",
    retention="interface",
    ages="asked_at",
    indexes=(
        Index("running", (("inst", 1), ("running", 1)), unique=True, partial={"running": True}),
        Index("newest", (("inst", 1), ("asked_at", -1))),
        DUE_INDEX,
    ),
)


AT_ONCE = 500
"""Items that are indexed anew at a time."""


def import_of(doc: dict) -> Import:
    return msgspec.convert(doc, Import)


# --- the catalogue -------------------------------------------------------------------------------


async def find(ctx: Ctx, query: str, category: str, after: str, limit: int) -> list[Item]:
    """Items in the order of their codes; all of them for an empty ``query``."""
    han, latin = search.wanted(query)
    asked: dict[str, Any] = {"category": category} if category else {}
    if after:
        asked["code"] = {"$gt": after}
    if query:
        begins = [{"tokens": {"$regex": f"^{piece}"}} for piece in latin]
        asked["$and"] = [*({"tokens": piece} for piece in han), *begins]
        if not asked["$and"]:
            return []
    docs = await ctx.db(PRICES).find(asked, sort=[("code", 1)], limit=limit)
    return [msgspec.convert(doc, Item) for doc in docs]


async def categories(ctx: Ctx) -> list[str]:
    found = await ctx.db(PRICES).aggregate({"$group": {"_id": "$category"}}, {"$sort": {"_id": 1}})
    return [one["_id"] for one in found]


async def count(ctx: Ctx) -> int:
    return await ctx.db(PRICES).count()


async def put(ctx: Ctx, prices: list[Price], run: str) -> None:
    """Items of one page, new ones and known ones; two calls."""
    docs = [_doc(ctx, price, run) for price in prices]
    refused = await ctx.db(PRICES).insert_many(docs)
    known = [doc for doc, why in zip(docs, refused, strict=True) if why]
    await ctx.db(PRICES).change_each([({"_id": doc["_id"]}, {"$set": doc}) for doc in known])


def _doc(ctx: Ctx, price: Price, run: str) -> dict[str, Any]:
    key = ids.derive("prc", ctx.institution or "", price.code)
    return {"_id": key, **msgspec.to_builtins(price), **search.indexed(said_by(price)), "run": run}


def said_by(one: Price | Item) -> tuple[str, ...]:
    """The texts by which it is found."""
    return one.name, one.spec, one.code, one.category


async def reindex(ctx: Ctx) -> int:
    """New tokens for what an older tokenizer has indexed, in every institution; how many."""
    done, old = 0, {"tokenizer": {"$ne": search.VERSION}}
    while docs := await ctx.db(PRICES).find(old, limit=AT_ONCE):
        await ctx.db(PRICES).change_each(
            [
                ({"_id": doc["_id"]}, {"$set": search.indexed(said_by(msgspec.convert(doc, Item)))})
                for doc in docs
            ]
        )
        done += len(docs)
    return done


async def remove_others(ctx: Ctx, run: str) -> int:
    """What this import has not brought is gone; how many."""
    return await ctx.db(PRICES).delete_many({"run": {"$ne": run}})


# --- imports -------------------------------------------------------------------------------------


async def add(ctx: Ctx, asked: Import, due_at: datetime) -> bool:
    """False when it is there already."""
    doc = msgspec.to_builtins(asked, builtin_types=(datetime,))
    try:
        await ctx.db(IMPORTS).insert({**doc, "due_at": due_at})
    except Duplicate:
        return False
    return True


async def get(ctx: Ctx, key: str) -> Import | None:
    doc = await ctx.db(IMPORTS).get(key)
    return import_of(doc) if doc else None


async def newest(ctx: Ctx, limit: int) -> list[Import]:
    """Begun or asked for, newest first."""
    docs = await ctx.db(IMPORTS).find(
        {"asked_at": {"$lte": ctx.now()}}, sort=[("asked_at", -1), ("_id", 1)], limit=limit
    )
    return [import_of(doc) for doc in docs]


async def running(ctx: Ctx) -> bool:
    """Whether one is under way, or begins as soon as somebody looks."""
    now = {"state": "WAITING", "asked_at": {"$lte": ctx.now()}}
    return await ctx.db(IMPORTS).find_one({"$or": [{"running": True}, now]}) is not None


async def due(ctx: Ctx, limit: int) -> list[Import]:
    """Of all institutions; by lease."""
    return [import_of(doc) for doc in await claim_due(ctx, IMPORTS, limit)]


async def change(
    ctx: Ctx, one: Import, due_at: datetime | None = None, **fields: Any
) -> Import | None:
    """One conditional write; None when somebody was first. Without ``due_at`` the lease is kept,
    but of what is over nothing is due. Raises Duplicate: another one is running.
    """
    update: dict[str, Any] = {"$set": dict(fields), "$inc": {"version": 1}}
    state = fields.get("state", one.state)
    if state == "RUNNING":
        update["$set"]["running"] = True
    if due_at:
        update["$set"]["due_at"] = due_at
        update["$unset"] = RELEASED
    elif state != "RUNNING":
        update["$unset"] = {**SETTLED, "running": ""}
    doc = await ctx.db(IMPORTS).change({"_id": one.id, "version": one.version}, update)
    return import_of(doc) if doc else None
