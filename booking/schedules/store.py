"""Slots in MongoDB. What is taken of them is not here: the appointments are the claims."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from booking.schedules.model import Slot
from wx_backend.base.collection import Collection, Index
from wx_backend.base.context import Ctx

SLOTS = Collection(
    "slots",
    retention="outpatient",
    indexes=(
        Index("day", (("inst", 1), ("visit_date", 1), ("department_id", 1), ("starts_at", 1))),
        Index("date", (("visit_date", 1),)),
        Index("changed", (("changed_at", 1),)),
        Index("schedule", (("schedule", 1),), partial={"schedule": {"$gt": ""}}),
    ),
)


async def add(ctx: Ctx, slots: Iterable[Slot]) -> int:
    """Inserts the slots that are not there yet; returns how many."""
    now = ctx.wire_now()
    docs = [
        {**msgspec.to_builtins(slot, builtin_types=(datetime,)), "changed_at": now}
        for slot in slots
    ]
    return sum(result is None for result in await ctx.db(SLOTS).insert_many(docs))


async def replace(ctx: Ctx, slot: Slot) -> Slot | None:
    """Writes ``slot`` over the version it was made from; None when somebody was first.

    A slot stored before versions were counted has none, which is the first.
    """
    doc = await ctx.db(SLOTS).change(*_over(slot, ctx.wire_now()))
    return msgspec.convert(doc, Slot) if doc else None


async def replace_many(ctx: Ctx, slots: list[Slot]) -> set[str]:
    """As ``replace``, in one call; the ids of those that somebody else was first at. Two calls when
    there are any. One that somebody else has made the same is no such slot.
    """
    now = ctx.wire_now()
    if await ctx.db(SLOTS).change_each([_over(slot, now) for slot in slots]) == len(slots):
        return set()
    docs = await ctx.db(SLOTS).find({"_id": {"$in": [slot.id for slot in slots]}})
    stored = {doc["_id"]: msgspec.convert(doc, Slot) for doc in docs}
    wanted = (msgspec.structs.replace(slot, version=slot.version + 1) for slot in slots)
    return {slot.id for slot in wanted if stored.get(slot.id) != slot}


def _over(slot: Slot, now: datetime) -> tuple[dict, dict]:
    """What ``slot`` is written over, and the change."""
    fields = msgspec.to_builtins(slot, builtin_types=(datetime,))
    key, version = fields.pop("_id"), fields.pop("version")
    return (
        {"_id": key, "version": version if version > 1 else {"$in": [1, None]}},
        {"$set": {**fields, "version": version + 1, "changed_at": now}},
    )


async def of_schedules(ctx: Ctx, schedules: Iterable[str]) -> list[Slot]:
    """Every slot of these schedules, withdrawn ones included, by start."""
    docs = await ctx.db(SLOTS).find(
        {"schedule": {"$in": list(schedules), "$gt": ""}}, sort=[("starts_at", 1)]
    )
    return [msgspec.convert(doc, Slot) for doc in docs]


async def of_department(ctx: Ctx, department_id: str, first: str, last: str) -> list[Slot]:
    """A department's slots of these dates, by start."""
    docs = await ctx.db(SLOTS).find(
        {"visit_date": {"$gte": first, "$lte": last}, "department_id": department_id},
        sort=[("starts_at", 1)],
    )
    return [msgspec.convert(doc, Slot) for doc in docs]


async def of_dates(ctx: Ctx, first: str, last: str) -> list[Slot]:
    """An institution's slots of these dates."""
    docs = await ctx.db(SLOTS).find({"visit_date": {"$gte": first, "$lte": last}})
    return [msgspec.convert(doc, Slot) for doc in docs]


async def get(ctx: Ctx, slot_id: str) -> Slot | None:
    doc = await ctx.db(SLOTS).get(slot_id)
    return msgspec.convert(doc, Slot) if doc else None


async def changed_since(ctx: Ctx, moment: datetime) -> list[Slot]:
    docs = await ctx.db(SLOTS).find({"changed_at": {"$gte": moment}}, sort=[("changed_at", 1)])
    return [msgspec.convert(doc, Slot) for doc in docs]


async def on_date(ctx: Ctx, visit_date: str) -> list[Slot]:
    """By start."""
    docs = await ctx.db(SLOTS).find({"visit_date": visit_date}, sort=[("starts_at", 1)])
    return [msgspec.convert(doc, Slot) for doc in docs]


async def dates(ctx: Ctx, since: str) -> list[str]:
    """The visit dates from ``since`` on that have slots, in order."""
    found = await ctx.db(SLOTS).aggregate(
        {"$match": {"visit_date": {"$gte": since}}}, {"$group": {"_id": "$visit_date"}}
    )
    return sorted(doc["_id"] for doc in found)


async def from_date(ctx: Ctx, visit_date: str) -> list[Slot]:
    docs = await ctx.db(SLOTS).find({"visit_date": {"$gte": visit_date}})
    return [msgspec.convert(doc, Slot) for doc in docs]
