"""Removes what is past its time to be kept: ``wx-backend retention``, and once a day if so set.

Whole months of monthly collections, and documents of the others that ended long enough ago. A month
in which something is still to be done is left alone. The audit is told first, so a removal that is
cut short is told twice and done once.
"""

from collections.abc import Iterable
from functools import partial

import msgspec

from wx_backend.base.collection import META, Collection, Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.retention import edge, month_over
from wx_backend.base.scoped import Scoped
from wx_backend.base.sweeper import Sweep

WAITS = {"$or": [{"due_at": {"$exists": True}}, {"open": True}]}
"""Something is to be done yet: it is due, or not sealed."""

HOURLY = 3600.0


class Removal(msgspec.Struct, frozen=True):
    """What is over in one collection.

    Args:
        month: of a monthly collection, which goes whole; else "".
        counts: documents by institution; None are the whole house's.
        waits: how many of a month still wait for something: then nothing of it is removed.
    """

    collection: Collection
    month: str
    counts: dict[str | None, int]
    waits: int = 0

    @property
    def name(self) -> str:
        return f"{self.collection.name}_{self.month}" if self.month else self.collection.name

    @property
    def total(self) -> int:
        return sum(self.counts.values())


async def over(ctx: Ctx, collections: Iterable[Collection]) -> list[Removal]:
    """What is past its time now (business time), by name; ``ctx`` sees every institution."""
    found: list[Removal] = []
    for one in sorted(collections, key=lambda one: one.name):
        if one.monthly:
            for month in await ctx.house.db.months(one):
                if month_over(one.retention, month, ctx.now()):
                    table = ctx.house.db.scoped(one, None, month)
                    counts = await _counts(table, {})
                    found.append(Removal(one, month, counts, await table.count(WAITS)))
        elif (aged := _aged(ctx, one)) and (counts := await _counts(ctx.db(one), aged)):
            found.append(Removal(one, "", counts))
    return found


async def remove(ctx: Ctx, removals: Iterable[Removal]) -> int:
    """Removes these, but for months that still wait for something; how many documents."""
    total = 0
    for one in removals:
        if one.waits:
            continue
        for inst, count in one.counts.items():
            told = {"retention": one.collection.retention, "documents": count}
            audit = ctx.house.audit
            await audit.record(ctx.within(inst), "retention:collection:removed", one.name, **told)
        if one.month:
            await ctx.house.db.drop_month(one.collection, one.month)
        else:
            await ctx.db(one.collection).delete_many(_aged(ctx, one.collection))
        total += one.total
    return total


def sweep(collections: Iterable[Collection]) -> Sweep:
    """Once a day of the hospital, in whichever process comes first."""
    return Sweep("retention", partial(_daily, list(collections)), every=HOURLY)


async def _daily(collections: list[Collection], ctx: Ctx) -> int:
    if not ctx.house.settings.retention_daily or not await _first_today(ctx):
        return 0
    return await remove(ctx, await over(ctx, collections))


async def _first_today(ctx: Ctx) -> bool:
    """Takes the day; a process that dies with it leaves the rest to the next one."""
    today = ctx.today().isoformat()
    free = {"_id": "retention", "on": {"$ne": today}}
    try:
        await ctx.db(META).change(free, {"$set": {"on": today}}, upsert=True)
    except Duplicate:
        return False
    return True


def _aged(ctx: Ctx, one: Collection) -> dict:
    """Which documents are over; empty when age does not decide."""
    last = edge(one.retention, ctx.now()) if one.ages else None
    return {one.ages: {"$lt": last}} if last else {}


async def _counts(table: Scoped, where: dict) -> dict[str | None, int]:
    groups = await table.aggregate(
        {"$match": where}, {"$group": {"_id": "$inst", "documents": {"$sum": 1}}}
    )
    return {group["_id"]: group["documents"] for group in groups}
