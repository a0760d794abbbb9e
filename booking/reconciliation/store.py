"""Runs, differences and closed months in MongoDB."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from booking.reconciliation.model import DIFFERENCE, RUN, Act, Difference, Month, Run, month_id
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due

RUNS = Collection(
    "reconciliations",
    retention="accounting",
    indexes=(Index("day", (("inst", 1), ("day", 1)), unique=True), DUE_INDEX),
)
DIFFERENCES = Collection(
    "differences",
    retention="accounting",
    indexes=(Index("day", (("inst", 1), ("day", 1), ("state", 1))),),
)
MONTHS = Collection("reconciled_months", retention="accounting")

LEASE_SECONDS = 120.0


def run_of(doc: dict) -> Run:
    return msgspec.convert(doc, Run)


def difference_of(doc: dict) -> Difference:
    return msgspec.convert(doc, Difference)


def _stored(value: Any) -> Any:
    return msgspec.to_builtins(value, builtin_types=(datetime,))


# --- runs ----------------------------------------------------------------------------------------


async def get(ctx: Ctx, key: str) -> Run | None:
    doc = await ctx.db(RUNS).get(key)
    return run_of(doc) if doc else None


async def runs(ctx: Ctx, month: str) -> list[Run]:
    """Of a month as 2026-11, by day."""
    days = {"day": {"$gte": f"{month}-01", "$lte": f"{month}-31"}}
    return [run_of(doc) for doc in await ctx.db(RUNS).find(days, sort=[("day", 1)])]


async def newest(ctx: Ctx) -> Run | None:
    """Of the latest day that has one."""
    docs = await ctx.db(RUNS).find({}, sort=[("day", -1)], limit=1)
    return run_of(docs[0]) if docs else None


async def add(ctx: Ctx, run: Run) -> bool:
    """It is due at once. False when the day has one."""
    try:
        await ctx.db(RUNS).insert({**_stored(run), "due_at": ctx.now()})
    except Duplicate:
        return False
    return True


async def due(ctx: Ctx) -> list[dict]:
    """One due run, by lease, with its ``lease``: a run keeps a process busy for a while."""
    return await claim_due(ctx, RUNS, limit=1, lease_seconds=LEASE_SECONDS)


async def act(
    ctx: Ctx, run: Run, action: str, due: bool = False, did: Act | None = None, **fields: Any
) -> Run | None:
    """One step of the run's states, if it is still as it was; ``due``: it is worked on next,
    ``did``: by a person. The lease of who works on it ends.
    """
    sets = {"state": RUN.next(run.state, action), **_stored(fields)}
    gone = RELEASED if due else SETTLED
    doc = await ctx.db(RUNS).change(
        {"_id": run.id, "version": run.version},
        {
            "$set": {**sets, **({"due_at": ctx.now()} if due else {})},
            "$unset": gone,
            "$inc": {"version": 1},
            **({"$push": {"acts": _stored(did)}} if did else {}),
        },
    )
    return run_of(doc) if doc else None


async def hold(ctx: Ctx, run: Run, lease: str, **fields: Any) -> Run | None:
    """As ``act`` by who works on it and goes on doing so; None when it is not theirs any more."""
    until = ctx.wire_now() + timedelta(seconds=LEASE_SECONDS)
    doc = await ctx.db(RUNS).change(
        {"_id": run.id, "lease": lease}, {"$set": {**_stored(fields), "leased_until": until}}
    )
    return run_of(doc) if doc else None


async def put_off(ctx: Ctx, run: Run, lease: str, until: datetime, reason: str) -> None:
    """A bill is not there yet."""
    await ctx.db(RUNS).change(
        {"_id": run.id, "lease": lease},
        {
            "$set": {"state": RUN.next(run.state, "wait"), "due_at": until, "reason": reason},
            "$unset": RELEASED,
            "$inc": {"version": 1, "tries": 1},
        },
    )


async def finish(ctx: Ctx, run: Run, lease: str, **fields: Any) -> None:
    """All is written: the run is done, unless it is somebody else's by now."""
    sets = {"state": RUN.next("RUNNING", "finish"), "open": await left(ctx, run.day)}
    await ctx.db(RUNS).change(
        {"_id": run.id, "lease": lease},
        {
            "$set": {**sets, **_stored(fields)},
            "$unset": SETTLED,
            "$inc": {"version": 1},
        },
    )


async def count_open(ctx: Ctx, run: Run) -> int:
    """After somebody has dealt with a difference: how many are left."""
    still = await left(ctx, run.day)
    await ctx.db(RUNS).change({"_id": run.id}, {"$set": {"open": still}})
    return still


async def left(ctx: Ctx, day: str) -> int:
    """Differences of a day that nobody has dealt with."""
    return await ctx.db(DIFFERENCES).count({"day": day, "state": "OPEN"})


# --- differences ---------------------------------------------------------------------------------


async def differences(ctx: Ctx, day: str) -> list[Difference]:
    docs = await ctx.db(DIFFERENCES).find({"day": day}, sort=[("state", -1), ("at", 1)])
    return [difference_of(doc) for doc in docs]


async def difference(ctx: Ctx, key: str) -> Difference | None:
    doc = await ctx.db(DIFFERENCES).get(key)
    return difference_of(doc) if doc else None


async def replace_differences(ctx: Ctx, day: str, found: list[Difference]) -> None:
    """What a run has found takes the place of what an earlier run of the day found.

    What people did about one is kept with it. One that has not changed keeps its state; one that is
    gone stays when somebody worked on it, else it vanishes. Safe to repeat.
    """
    known = {one.id: one for one in await differences(ctx, day)}
    fresh = {one.id: one for one in found}
    await ctx.db(DIFFERENCES).insert_many(
        [_stored(one) for key, one in fresh.items() if key not in known]
    )
    await ctx.db(DIFFERENCES).change_each(
        [_again(known[key], one) for key, one in fresh.items() if key in known]
    )
    gone = [one for key, one in known.items() if key not in fresh and one.state != "GONE"]
    await ctx.db(DIFFERENCES).change_each([_gone(one) for one in gone if one.repairs])
    await ctx.db(DIFFERENCES).delete_many(
        {"_id": {"$in": [one.id for one in gone if not one.repairs]}}
    )


def _again(before: Difference, now: Difference) -> tuple[dict, dict]:
    state = before.state if _said(before) == _said(now) and before.state != "GONE" else now.state
    fields = {
        name: value
        for name, value in _stored(now).items()
        if name not in ("_id", "inst", "found_at", "version", "repairs", "state")
    }
    return {"_id": before.id, "version": before.version}, {
        "$set": {**fields, "state": state},
        "$inc": {"version": 1},
    }


def _said(one: Difference) -> tuple:
    """What is wrong, apart from moments: they are stored less exactly than they come."""
    sides = (
        (line.fen, line.state, line.transaction) if line else None
        for line in (one.ours, one.theirs)
    )
    return (one.kind, *sides)


def _gone(one: Difference) -> tuple[dict, dict]:
    state = DIFFERENCE.next(one.state, "vanish")
    return {"_id": one.id, "version": one.version}, {
        "$set": {"state": state},
        "$inc": {"version": 1},
    }


async def deal(ctx: Ctx, one: Difference, action: str, repair: Any) -> Difference | None:
    """Writes down what somebody did; ``action`` "" leaves it open."""
    state = DIFFERENCE.next(one.state, action) if action else one.state
    doc = await ctx.db(DIFFERENCES).change(
        {"_id": one.id, "version": one.version},
        {"$set": {"state": state}, "$push": {"repairs": _stored(repair)}, "$inc": {"version": 1}},
    )
    return difference_of(doc) if doc else None


# --- months --------------------------------------------------------------------------------------


async def month(ctx: Ctx, month: str) -> Month | None:
    doc = await ctx.db(MONTHS).get(month_id(ctx.institution or "", month))
    return msgspec.convert(doc, Month) if doc else None


async def close_month(ctx: Ctx, closed: Month) -> bool:
    try:
        await ctx.db(MONTHS).insert(_stored(closed))
    except Duplicate:
        return False
    return True


async def reopen_month(ctx: Ctx, month: str) -> bool:
    key = month_id(ctx.institution or "", month)
    return await ctx.db(MONTHS).delete_many({"_id": key}) > 0
