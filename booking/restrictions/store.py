"""Restrictions in MongoDB: one conditional write a step."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from booking.restrictions.model import BLOCKING, LIFE, Restriction, of_account
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx, House
from wx_backend.base.sweeper import SETTLED, claim_due
from wx_backend.identity.accounts.model import handed_back, handed_over

RESTRICTIONS = Collection(
    "restrictions",
    retention="audit",
    ages="ended_at",
    outbox=True,
    indexes=(
        Index("grounds", (("inst", 1), ("keys", 1)), unique=True),
        Index("list", (("inst", 1), ("state", 1), ("proposed_at", 1))),
        Index("subject", (("inst", 1), ("subject", 1), ("proposed_at", -1))),
        Index("changed", (("changed_at", 1),)),
        DUE_INDEX,
    ),
)


def _restriction(doc: dict) -> Restriction:
    return msgspec.convert(doc, Restriction)


def _doc(one: Restriction) -> dict:
    return msgspec.to_builtins(one, builtin_types=(datetime,))


async def add(ctx: Ctx, one: Restriction, event: dict) -> bool:
    """False: it is there already, or one of its grounds has counted before."""
    doc = {**_doc(one), "keys": one.keys, "changed_at": ctx.wire_now(), "outbox": [event]}
    try:
        await ctx.db(RESTRICTIONS).insert(doc)
    except Duplicate:
        return False
    ctx.house.nudge()
    return True


async def counted(ctx: Ctx, keys: list[str]) -> set[str]:
    """Those of these grounds that a restriction rests on, whatever became of it."""
    docs = await ctx.db(RESTRICTIONS).find({"keys": {"$in": keys}}, only=["keys"])
    return {key for doc in docs for key in doc["keys"]} & set(keys)


async def get(ctx: Ctx, key: str) -> Restriction | None:
    doc = await ctx.db(RESTRICTIONS).get(key)
    return _restriction(doc) if doc else None


async def of_subjects(
    ctx: Ctx, subjects: Iterable[str], states: Iterable[str], limit: int
) -> list[Restriction]:
    """Newest first."""
    docs = await ctx.db(RESTRICTIONS).find(
        {"subject": {"$in": sorted(subjects)}, "state": {"$in": sorted(states)}},
        sort=[("proposed_at", -1), ("_id", 1)],
        limit=limit,
    )
    return [_restriction(doc) for doc in docs]


async def page(ctx: Ctx, states: Iterable[str], skip: int, limit: int) -> list[Restriction]:
    """Of the institution, those that wait longest first."""
    docs = await ctx.db(RESTRICTIONS).find(
        {"state": {"$in": sorted(states)}},
        sort=[("proposed_at", 1), ("_id", 1)],
        limit=skip + limit,
    )
    return [_restriction(doc) for doc in docs[skip:]]


async def change(ctx: Ctx, before: Restriction, event: dict, **fields: Any) -> Restriction | None:
    """One conditional write; due when a restriction in force is over. None: somebody was first."""
    after = msgspec.structs.replace(before, **fields)
    due: dict[str, Any] = {"$unset": SETTLED}
    set_to = {"changed_at": ctx.wire_now(), **{name: _doc(after)[name] for name in fields}}
    if after.state in BLOCKING:
        set_to["due_at"] = after.until
        due = {}
    doc = await ctx.db(RESTRICTIONS).change(
        {"_id": before.id, "version": before.version, "state": before.state},
        {"$set": set_to, **due, "$inc": {"version": 1}, "$push": {"outbox": event}},
    )
    if doc is None:
        return None
    ctx.house.nudge()
    return _restriction(doc)


async def due(ctx: Ctx) -> list[Restriction]:
    """A batch of those whose time is over, of all institutions; by lease."""
    return [_restriction(doc) for doc in await claim_due(ctx, RESTRICTIONS)]


async def changed_since(house: House, moment: datetime | None) -> list[Restriction]:
    """What has changed since then (wire time), of all institutions; None: all that block."""
    since = {"changed_at": {"$gte": moment}} if moment else {"state": {"$in": sorted(BLOCKING)}}
    docs = await house.db.scoped(RESTRICTIONS, None).find(since)
    return [_restriction(doc) for doc in docs]


async def adopt(ctx: Ctx, account: str, into: str) -> int:
    """Those of an account that was merged into another."""
    whose, moved = handed_over(account, into, "subject", of_account)
    moved["$set"]["changed_at"] = ctx.wire_now()
    return await ctx.db(RESTRICTIONS).change_many(whose, moved)


async def give_back(ctx: Ctx, account: str, of: str, proven: Iterable[str]) -> int:
    """Those that came from an account which is its own again, and those of these ids."""
    came, moved = handed_back(account, of, "subject", of_account)
    proven = {"subject": came["subject"], "_id": {"$in": sorted(proven)}}
    moved["$set"]["changed_at"] = ctx.wire_now()
    return await ctx.db(RESTRICTIONS).change_many({"$or": [came, proven]}, moved)


async def arisen(ctx: Ctx, account: str, since: datetime) -> list[Restriction]:
    """Of an account, proposed since then and not over."""
    docs = await ctx.db(RESTRICTIONS).find(
        {
            "subject": of_account(account),
            "proposed_at": {"$gte": since},
            "state": {"$in": sorted(LIFE.states - LIFE.terminal)},
        }
    )
    return [_restriction(doc) for doc in docs]
