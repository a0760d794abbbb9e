"""Templates, deviations, decided days, schedules and extra numbers in MongoDB."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec

from booking.timetables.model import (
    MAKING,
    CalendarDay,
    Deviation,
    ExtraNumber,
    Making,
    Schedule,
    Template,
)
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import SETTLED, claim_due

T = TypeVar("T", bound=msgspec.Struct)

TEMPLATES = Collection(
    "templates",
    retention="outpatient",
    outbox=True,
    indexes=(
        Index("line", (("inst", 1), ("line", 1), ("version", 1)), unique=True),
        Index("doctor", (("inst", 1), ("doctor_id", 1))),
    ),
)
DEVIATIONS = Collection(
    "deviations",
    retention="outpatient",
    outbox=True,
    indexes=(Index("date", (("inst", 1), ("date", 1))),),
)
CALENDAR = Collection(
    "calendar",
    retention="outpatient",
    outbox=True,
    indexes=(Index("date", (("inst", 1), ("date", 1)), unique=True),),
)
SCHEDULES = Collection(
    "schedules",
    retention="outpatient",
    outbox=True,
    indexes=(Index("date", (("inst", 1), ("date", 1), ("department_id", 1))), DUE_INDEX),
)
EXTRAS = Collection(
    "extra_numbers",
    retention="outpatient",
    outbox=True,
    indexes=(
        Index("ordinal", (("inst", 1), ("schedule", 1), ("ordinal", 1)), unique=True),
        Index("given", (("inst", 1), ("given_at", -1))),
    ),
)
NIGHTS = Collection("timetables", retention="forever", indexes=(DUE_INDEX,))
"""One document an institution: when its numbers are to be made again."""
MAKINGS = Collection(
    "makings",
    retention="interface",
    ages="asked_at",
    indexes=(
        Index("open", (("inst", 1), ("open", 1)), unique=True, partial={"open": True}),
        Index("newest", (("inst", 1), ("asked_at", -1))),
        DUE_INDEX,
    ),
)

LEASE_SECONDS = 60.0
"""A date of a large hospital takes a few."""


def _doc(one: msgspec.Struct) -> dict:
    return msgspec.to_builtins(one, builtin_types=(datetime,))


async def _all(ctx: Ctx, where: Collection, kind: type[T], filter: dict, sort: str) -> list[T]:
    docs = await ctx.db(where).find(filter, sort=[(sort, 1), ("_id", 1)])
    return [msgspec.convert(doc, kind) for doc in docs]


async def _add(ctx: Ctx, where: Collection, one: msgspec.Struct, event: dict) -> bool:
    """False when it is there already, by its id or another unique key."""
    try:
        await ctx.db(where).insert({**_doc(one), "outbox": [event]})
    except Duplicate:
        return False
    ctx.house.nudge()
    return True


# --- templates -----------------------------------------------------------------------------------


async def templates(ctx: Ctx) -> list[Template]:
    """Every version of every line."""
    return await _all(ctx, TEMPLATES, Template, {}, "line")


async def versions(ctx: Ctx, line: str) -> list[Template]:
    return await _all(ctx, TEMPLATES, Template, {"line": line}, "version")


async def add_template(ctx: Ctx, one: Template, event: dict) -> bool:
    """False when this version of the line is there already."""
    return await _add(ctx, TEMPLATES, one, event)


async def add_templates(ctx: Ctx, given: Iterable[Template]) -> int:
    """Those that are not there yet; how many."""
    results = await ctx.db(TEMPLATES).insert_many([_doc(one) for one in given])
    return sum(result is None for result in results)


# --- deviations and days -------------------------------------------------------------------------


async def deviations(ctx: Ctx, first: str, last: str) -> list[Deviation]:
    return await _all(ctx, DEVIATIONS, Deviation, {"date": {"$gte": first, "$lte": last}}, "date")


async def deviation(ctx: Ctx, key: str) -> Deviation | None:
    doc = await ctx.db(DEVIATIONS).get(key)
    return msgspec.convert(doc, Deviation) if doc else None


async def put_deviation(ctx: Ctx, one: Deviation, event: dict) -> bool:
    """The first version is inserted, later ones replace the one before; False: too late."""
    return await _put(ctx, DEVIATIONS, one, one.version, event)


async def days(ctx: Ctx, first: str, last: str) -> list[CalendarDay]:
    return await _all(ctx, CALENDAR, CalendarDay, {"date": {"$gte": first, "$lte": last}}, "date")


async def put_day(ctx: Ctx, one: CalendarDay, event: dict) -> bool:
    """As ``put_deviation``."""
    return await _put(ctx, CALENDAR, one, one.version, event)


async def _put(ctx: Ctx, where: Collection, one: msgspec.Struct, version: int, event: dict) -> bool:
    if version == 1:
        return await _add(ctx, where, one, event)
    fields = _doc(one)
    done = await ctx.db(where).change(
        {"_id": fields.pop("_id"), "version": version - 1},
        {"$set": fields, "$push": {"outbox": event}},
    )
    ctx.house.nudge()
    return done is not None


# --- schedules -----------------------------------------------------------------------------------


async def schedules(ctx: Ctx, first: str, last: str) -> list[Schedule]:
    return await _all(ctx, SCHEDULES, Schedule, {"date": {"$gte": first, "$lte": last}}, "date")


async def schedule(ctx: Ctx, key: str) -> Schedule | None:
    doc = await ctx.db(SCHEDULES).get(key)
    return msgspec.convert(doc, Schedule) if doc else None


def schedule_of(doc: dict) -> Schedule:
    return msgspec.convert(doc, Schedule)


async def add_schedules(ctx: Ctx, given: list[Schedule]) -> None:
    """Those that are not there yet; one call."""
    await ctx.db(SCHEDULES).insert_many([_doc(one) for one in given])


async def look_after(ctx: Ctx, keys: list[str], due_at: datetime) -> None:
    """Written before slots are touched: somebody will look at who arrived late; one call."""
    await ctx.db(SCHEDULES).change_many(
        {"_id": {"$in": keys}}, {"$set": {"due_at": due_at, "looks": 0}}
    )


class Done(msgspec.Struct, frozen=True):
    """``before`` has become ``after``, which may be told by an event."""

    before: Schedule
    after: Schedule
    event: dict | None = None


async def done(ctx: Ctx, made: list[Done]) -> set[str]:
    """Conditional writes in one call: what schedules were made into; the ids of those that somebody
    else was first at, and made something else of.
    """
    if await ctx.db(SCHEDULES).change_each([_into(one) for one in made]) == len(made):
        ctx.house.nudge()
        return set()
    ctx.house.nudge()
    docs = await ctx.db(SCHEDULES).find({"_id": {"$in": [one.before.id for one in made]}})
    stored = {doc["_id"]: said(schedule_of(doc)) for doc in docs}
    return {one.before.id for one in made if stored.get(one.before.id) != said(one.after)}


def _into(one: Done) -> tuple[dict, dict]:
    update: dict[str, Any] = {"$set": said(one.after), "$inc": {"version": 1}}
    if one.event:
        update["$push"] = {"outbox": one.event}
    return {"_id": one.before.id, "version": one.before.version}, update


def said(one: Schedule) -> dict[str, Any]:
    """What a generation decides about a schedule."""
    return {name: getattr(one, name) for name in ("state", "done", "doctor_id", "kept")}


async def looked(ctx: Ctx, key: str, lease: str, again: timedelta | None) -> None:
    """A look is over; there is another one, or none."""
    update: dict[str, Any] = {"$inc": {"looks": 1}, "$unset": {"lease": "", "leased_until": ""}}
    if again is None:
        update["$unset"] = SETTLED
    else:
        update["$set"] = {"due_at": ctx.now() + again}
    await ctx.db(SCHEDULES).change({"_id": key, "lease": lease}, update)


# --- extra numbers -------------------------------------------------------------------------------


async def grant(ctx: Ctx, key: str) -> ExtraNumber | None:
    doc = await ctx.db(EXTRAS).get(key)
    return msgspec.convert(doc, ExtraNumber) if doc else None


async def extras(ctx: Ctx, schedules: Iterable[str]) -> list[ExtraNumber]:
    return await _all(ctx, EXTRAS, ExtraNumber, {"schedule": {"$in": list(schedules)}}, "ordinal")


async def add_extra(ctx: Ctx, one: ExtraNumber, event: dict) -> None:
    """Raises Duplicate: the ordinal is used, or the patient has an extra number of this slot."""
    await ctx.db(EXTRAS).insert({**_doc(one), "outbox": [event]})
    ctx.house.nudge()


# --- the night's work ----------------------------------------------------------------------------


async def begin_nights(ctx: Ctx, key: str, due_at: datetime) -> None:
    """From now on numbers are made each night; nothing when they are already."""
    try:
        await ctx.db(NIGHTS).insert({"_id": key, "due_at": due_at})
    except Duplicate:
        return


async def next_night(ctx: Ctx, key: str, lease: str, due_at: datetime) -> None:
    await ctx.db(NIGHTS).change(
        {"_id": key, "lease": lease},
        {"$set": {"due_at": due_at}, "$unset": {"lease": "", "leased_until": ""}},
    )


# --- makings -------------------------------------------------------------------------------------


def making_of(doc: dict) -> Making:
    return msgspec.convert(doc, Making)


async def making(ctx: Ctx, key: str) -> Making | None:
    doc = await ctx.db(MAKINGS).get(key)
    return making_of(doc) if doc else None


async def makings(ctx: Ctx, limit: int) -> list[Making]:
    """Newest first."""
    docs = await ctx.db(MAKINGS).find({}, sort=[("asked_at", -1), ("_id", 1)], limit=limit)
    return [making_of(doc) for doc in docs]


async def open_making(ctx: Ctx) -> Making | None:
    """The one that waits or is under way."""
    doc = await ctx.db(MAKINGS).find_one({"open": True})
    return making_of(doc) if doc else None


async def add_making(ctx: Ctx, one: Making) -> bool:
    """It is due at once. False when another one is open."""
    try:
        await ctx.db(MAKINGS).insert({**_doc(one), "open": True, "due_at": ctx.now()})
    except Duplicate:
        return False
    return True


async def due_making(ctx: Ctx) -> list[dict]:
    """One due making, by lease, with its ``lease``."""
    return await claim_due(ctx, MAKINGS, limit=1, lease_seconds=LEASE_SECONDS)


async def hold(
    ctx: Ctx, one: Making, lease: str, more: dict[str, int], **fields: Any
) -> Making | None:
    """By who works on it and goes on doing so: ``fields`` are set, ``more`` is counted. None when
    it is not theirs any more.
    """
    until = ctx.wire_now() + timedelta(seconds=LEASE_SECONDS)
    doc = await ctx.db(MAKINGS).change(
        {"_id": one.id, "lease": lease},
        {"$set": {**fields, "leased_until": until}, "$inc": {"version": 1, **more}},
    )
    return making_of(doc) if doc else None


async def end_making(ctx: Ctx, one: Making, action: str) -> Making | None:
    """It is over: cancelled by somebody whoever works on it, or by who does. None when it was over
    before.
    """
    gone = {**SETTLED, "open": ""}
    doc = await ctx.db(MAKINGS).change(
        {"_id": one.id, "state": {"$in": sorted(MAKING.sources(action))}},
        {
            "$set": {"state": MAKING.next("RUNNING", action), "ended_at": ctx.now()},
            "$unset": gone,
            "$inc": {"version": 1},
        },
    )
    return making_of(doc) if doc else None
