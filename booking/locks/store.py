"""Locks in MongoDB, and the days that are compared."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from booking.locks.model import LOCK, Lock
from wx_backend.base import ids
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due

LOCKS = Collection(
    "number_locks",
    retention="outpatient",
    outbox=True,
    indexes=(
        Index("appointment", (("appointment", 1), ("round", -1))),
        Index("day", (("inst", 1), ("visit_date", 1))),
        DUE_INDEX,
    ),
)
DAYS = Collection(
    "number_days",
    retention="outpatient",
    indexes=(Index("date", (("inst", 1), ("visit_date", 1))), DUE_INDEX),
)

LEASE = timedelta(seconds=60)


class Day(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """A visit date that is compared with the HIS's; ``causes``: of the differences last seen."""

    id: str
    inst: str
    visit_date: str
    causes: tuple[str, ...] = ()


def lock_of(doc: dict) -> Lock:
    return msgspec.convert(doc, Lock)


async def add(ctx: Ctx, lock: Lock, due_at: datetime | None, leased: bool = False) -> bool:
    """False when this round is there already. ``leased``: the caller works on it at once."""
    doc = msgspec.to_builtins(lock, builtin_types=(datetime,))
    due = {"due_at": due_at} if due_at else {}
    mine = {"lease": ids.new("ls"), "leased_until": ctx.wire_now() + LEASE} if leased else {}
    try:
        await ctx.db(LOCKS).insert({**doc, **due, **mine})
    except Duplicate:
        return False
    return True


async def get(ctx: Ctx, key: str) -> Lock | None:
    doc = await ctx.db(LOCKS).get(key)
    return lock_of(doc) if doc else None


async def latest(ctx: Ctx, appointment: str) -> Lock | None:
    """The newest round of an appointment."""
    doc = await ctx.db(LOCKS).find_one({"appointment": appointment}, sort=[("round", -1)])
    return lock_of(doc) if doc else None


async def of_day(ctx: Ctx, visit_date: str) -> list[Lock]:
    """Those of a visit date that are not over."""
    docs = await ctx.db(LOCKS).find(
        {"visit_date": visit_date, "state": {"$nin": sorted(LOCK.terminal)}}
    )
    return [lock_of(doc) for doc in docs]


async def due(ctx: Ctx, limit: int) -> list[Lock]:
    """Of all institutions; by lease."""
    return [lock_of(doc) for doc in await claim_due(ctx, LOCKS, limit)]


async def change(
    ctx: Ctx,
    lock: Lock,
    event: dict | None = None,
    due_at: datetime | None = None,
    **fields: Any,
) -> Lock | None:
    """One conditional write; None when somebody was first. With ``due_at`` the lease is let go."""
    update: dict[str, Any] = {"$set": fields, "$inc": {"version": 1}}
    if due_at:
        update["$set"]["due_at"] = due_at
        update["$unset"] = RELEASED
    if event:
        update["$push"] = {"outbox": event}
    return await _write(ctx, lock, update)


async def wish(ctx: Ctx, lock: Lock, wanted: str, seen: int, due_at: datetime) -> bool:
    """Something else is wanted; who works on it just now goes on. False: somebody was first."""
    update = {"$set": {"wanted": wanted, "seen": seen, "due_at": due_at}, "$inc": {"version": 1}}
    return await _write(ctx, lock, update) is not None


async def settle(ctx: Ctx, lock: Lock) -> Lock | None:
    """Nothing is to be asked any more; None when something is wanted anew."""
    return await _write(ctx, lock, {"$unset": SETTLED})


async def _write(ctx: Ctx, lock: Lock, update: dict) -> Lock | None:
    doc = await ctx.db(LOCKS).change({"_id": lock.id, "version": lock.version}, update)
    if doc is None:
        return None
    if "$push" in update:
        ctx.house.nudge()
    return lock_of(doc)


async def hurry(ctx: Ctx, key: str) -> bool:
    """It is looked at now, whenever it was due; False: there is none that could be."""
    update = {"$set": {"due_at": ctx.now()}, "$inc": {"version": 1}}
    filter = {"_id": key, "state": {"$nin": sorted(LOCK.terminal)}}
    return await ctx.db(LOCKS).change(filter, update) is not None


async def mind(ctx: Ctx, visit_date: str, due_at: datetime) -> None:
    """The date is compared from now on; nothing happens when it is already."""
    key = ids.derive("day", ctx.institution or "", visit_date)
    try:
        await ctx.db(DAYS).insert({"_id": key, "visit_date": visit_date, "due_at": due_at})
    except Duplicate:
        return


async def days(ctx: Ctx, since: str) -> list[str]:
    """The dates from ``since`` on that are compared."""
    docs = await ctx.db(DAYS).find({"visit_date": {"$gte": since}}, sort=[("visit_date", 1)])
    return [doc["visit_date"] for doc in docs]


async def days_due(ctx: Ctx, limit: int) -> list[Day]:
    """Of all institutions; by lease."""
    return [msgspec.convert(doc, Day) for doc in await claim_due(ctx, DAYS, limit)]


async def compared(ctx: Ctx, day: Day, causes: list[str], due_at: datetime | None) -> None:
    """What was seen, and when to look again; None: the day is over."""
    again = {"$set": {"causes": causes, "due_at": due_at}, "$unset": RELEASED}
    done = {"$set": {"causes": causes}, "$unset": SETTLED}
    await ctx.db(DAYS).change({"_id": day.id}, again if due_at else done)
