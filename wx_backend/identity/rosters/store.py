"""Duties in MongoDB: one document for each person and stretch of time."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.identity.rosters.model import Duty

DUTIES = Collection(
    "duties",
    retention="outpatient",
    outbox=True,
    indexes=(
        Index("place", (("inst", 1), ("place", 1), ("ends_at", 1))),
        Index("member", (("inst", 1), ("member", 1), ("ends_at", 1))),
        Index(
            "once",
            (("inst", 1), ("place", 1), ("duty", 1), ("member", 1), ("starts_at", 1)),
            unique=True,
            partial={"state": "PLANNED"},
        ),
    ),
)


async def insert(ctx: Ctx, duty: Duty, event: dict) -> bool:
    """False when the very same duty is planned already."""
    doc = msgspec.to_builtins(duty, builtin_types=(datetime,))
    try:
        await ctx.db(DUTIES).insert({**doc, "outbox": [event]})
    except Duplicate:
        return False
    return True


async def insert_new(ctx: Ctx, duties: list[Duty]) -> int:
    """Those that are not planned yet; how many."""
    docs = [msgspec.to_builtins(one, builtin_types=(datetime,)) for one in duties]
    return sum(taken is None for taken in await ctx.db(DUTIES).insert_many(docs))


async def get(ctx: Ctx, duty_id: str) -> Duty | None:
    return _duty(await ctx.db(DUTIES).get(duty_id))


async def between(ctx: Ctx, places: Iterable[str], starts: datetime, ends: datetime) -> list[Duty]:
    """Planned duties of these places that touch the stretch; one call."""
    docs = await ctx.db(DUTIES).find(
        {
            "place": {"$in": list(places)},
            "ends_at": {"$gt": starts},
            "starts_at": {"$lt": ends},
            "state": "PLANNED",
        },
        sort=[("starts_at", 1), ("_id", 1)],
    )
    return [msgspec.convert(doc, Duty) for doc in docs]


async def of_member(ctx: Ctx, member: str, moment: datetime) -> list[Duty]:
    """A member's duties at a moment; one call."""
    docs = await ctx.db(DUTIES).find(
        {
            "member": member,
            "ends_at": {"$gt": moment},
            "starts_at": {"$lte": moment},
            "state": "PLANNED",
        }
    )
    return [msgspec.convert(doc, Duty) for doc in docs]


async def change(ctx: Ctx, duty: Duty, fields: dict[str, Any], event: dict) -> Duty | None:
    """One conditional write on this version; None when somebody was first."""
    doc = await ctx.db(DUTIES).change(
        {"_id": duty.id, "version": duty.version, "state": duty.state},
        {"$set": fields, "$inc": {"version": 1}, "$push": {"outbox": event}},
    )
    return _duty(doc)


def _duty(doc: dict | None) -> Duty | None:
    return msgspec.convert(doc, Duty) if doc else None
