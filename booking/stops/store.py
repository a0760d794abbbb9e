"""Stops and their cases in MongoDB."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from booking.stops.model import Call, Case
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import RELEASED, SETTLED
from wx_backend.identity.accounts.model import handed_back, handed_over

STOPS = Collection("stops", retention="outpatient", indexes=(DUE_INDEX,))
"""By schedule: when it is to be looked at again."""

CASES = Collection(
    "stop_cases",
    retention="outpatient",
    outbox=True,
    indexes=(
        Index("schedule", (("inst", 1), ("schedule", 1), ("starts_at", 1))),
        Index("account", (("account", 1),)),
        DUE_INDEX,
    ),
)


KEPT = frozenset({"_id", "version", "account"})
"""Fields that a decision about a case does not write."""


def case_of(doc: dict) -> Case:
    return msgspec.convert(doc, Case)


def _doc(one: msgspec.Struct) -> dict:
    return msgspec.to_builtins(one, builtin_types=(datetime,))


async def look_at(ctx: Ctx, schedule: str) -> None:
    """It is to be looked at now, and some times again, whoever is looking at this moment."""
    fresh = {"due_at": ctx.now(), "looks": 0, "lease": None, "leased_until": None}
    await ctx.db(STOPS).put(schedule, fresh)


async def looked(ctx: Ctx, schedule: str, lease: str, again: timedelta | None) -> None:
    """A look is over; there is another one, or none."""
    update: dict[str, Any] = {"$inc": {"looks": 1}, "$unset": SETTLED}
    if again is not None:
        update = {**update, "$unset": RELEASED, "$set": {"due_at": ctx.now() + again}}
    await ctx.db(STOPS).change({"_id": schedule, "lease": lease}, update)


async def get(ctx: Ctx, key: str) -> Case | None:
    doc = await ctx.db(CASES).get(key)
    return case_of(doc) if doc else None


async def of_schedule(ctx: Ctx, schedule: str) -> list[Case]:
    """By start and serial number."""
    docs = await ctx.db(CASES).find(
        {"schedule": schedule}, sort=[("starts_at", 1), ("serial", 1), ("_id", 1)]
    )
    return [case_of(doc) for doc in docs]


async def calling(ctx: Ctx, schedule: str) -> int:
    """How many of a schedule's patients are to be called."""
    return await ctx.db(CASES).count({"schedule": schedule, "state": "CALLING"})


async def add(ctx: Ctx, case: Case, event: dict) -> bool:
    """False: the appointment has a case already."""
    try:
        await ctx.db(CASES).insert({**_doc(case), "due_at": case.due_at, "outbox": [event]})
    except Duplicate:
        return False
    ctx.house.nudge()
    return True


async def change(ctx: Ctx, before: Case, after: Case, event: dict) -> Case | None:
    """One conditional write; ``due_at`` follows from what it becomes. None: somebody was first."""
    fields = {name: value for name, value in _doc(after).items() if name not in KEPT}
    due: dict[str, Any] = {"$set": fields, "$unset": SETTLED}
    if after.due_at:
        due = {"$set": {**fields, "due_at": after.due_at}, "$unset": RELEASED}
    doc = await ctx.db(CASES).change(
        {"_id": before.id, "version": before.version, "state": before.state},
        {**due, "$inc": {"version": 1}, "$push": {"outbox": event}},
    )
    if doc is None:
        return None
    ctx.house.nudge()
    return case_of(doc)


async def add_call(ctx: Ctx, case: Case, call: Call, event: dict) -> Case | None:
    """A logged call; what is due stays due. None: somebody was first."""
    doc = await ctx.db(CASES).change(
        {"_id": case.id, "version": case.version},
        {"$push": {"calls": _doc(call), "outbox": event}, "$inc": {"version": 1}},
    )
    ctx.house.nudge()
    return case_of(doc) if doc else None


async def adopt(ctx: Ctx, account: str, into: str) -> int:
    """Moves the cases of an account that was merged into another."""
    return await ctx.db(CASES).change_many(*handed_over(account, into))


async def give_back(ctx: Ctx, account: str, of: str) -> int:
    """The cases that came from an account which is its own again."""
    return await ctx.db(CASES).change_many(*handed_back(account, of))
