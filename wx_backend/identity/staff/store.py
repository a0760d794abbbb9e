"""Staff members in MongoDB."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from wx_backend.base.collection import Collection, Index
from wx_backend.base.context import Ctx
from wx_backend.identity.staff.model import Member

STAFF = Collection(
    "staff",
    retention="staff",
    outbox=True,
    indexes=(
        Index("number", (("inst", 1), ("number", 1)), unique=True),
        Index("wecom", (("inst", 1), ("wecom", 1)), unique=True, partial={"wecom": {"$gt": ""}}),
        Index("roles", (("inst", 1), ("roles", 1), ("number", 1))),
    ),
)


async def insert(ctx: Ctx, member: Member, event: dict) -> None:
    """Raises Duplicate: number or WeCom userid is taken."""
    doc = msgspec.to_builtins(member, builtin_types=(datetime,))
    await ctx.db(STAFF).insert({**doc, "outbox": [event]})


async def insert_new(ctx: Ctx, members: list[Member]) -> int:
    """Those whose number is not taken; how many."""
    docs = [msgspec.to_builtins(one, builtin_types=(datetime,)) for one in members]
    return sum(taken is None for taken in await ctx.db(STAFF).insert_many(docs))


async def get(ctx: Ctx, member_id: str) -> Member | None:
    return _member(await ctx.db(STAFF).get(member_id))


async def find(ctx: Ctx, **fields: str) -> Member | None:
    """The member with this ``number`` or ``wecom``."""
    return _member(await ctx.db(STAFF).find_one(fields))


async def some(ctx: Ctx, member_ids: Iterable[str]) -> list[Member]:
    docs = await ctx.db(STAFF).find({"_id": {"$in": sorted(set(member_ids))}})
    return [msgspec.convert(doc, Member) for doc in docs]


async def with_roles(ctx: Ctx, roles: Iterable[str]) -> list[Member]:
    docs = await ctx.db(STAFF).find(
        {"roles": {"$in": sorted(roles)}, "state": "ACTIVE"}, sort=[("number", 1)]
    )
    return [msgspec.convert(doc, Member) for doc in docs]


async def page(
    ctx: Ctx, words: str, department_id: str, state: str, after: str, limit: int
) -> list[Member]:
    """By number, from the one after ``after``; ``words`` begin a number or are part of a name."""
    where: dict[str, Any] = {"number": {"$gt": after}}
    if words:
        text = re.escape(words)
        where["$or"] = [{"number": {"$regex": f"^{text}"}}, {"name": {"$regex": text}}]
    if department_id:
        where["department_id"] = department_id
    if state:
        where["state"] = state
    docs = await ctx.db(STAFF).find(where, sort=[("number", 1)], limit=limit)
    return [msgspec.convert(doc, Member) for doc in docs]


async def change(
    ctx: Ctx, member: Member, fields: dict[str, Any], event: dict, ends_sessions: bool = False
) -> Member | None:
    """One conditional write on this version; None when somebody was first. Raises Duplicate."""
    steps = {"version": 1, **({"epoch": 1} if ends_sessions else {})}
    doc = await ctx.db(STAFF).change(
        {"_id": member.id, "version": member.version},
        {"$set": fields, "$inc": steps, "$push": {"outbox": event}},
    )
    return _member(doc)


async def next_epoch(ctx: Ctx, member_id: str) -> Member | None:
    """Sessions so far belong to an older epoch."""
    return _member(await ctx.db(STAFF).change({"_id": member_id}, {"$inc": {"epoch": 1}}))


def _member(doc: dict | None) -> Member | None:
    return msgspec.convert(doc, Member) if doc else None
