"""Alerts in MongoDB: one document each, with its timeline and its events."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from notify.critical.model import Alert
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.outbox import CRITICAL
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due

BATCH = 20
LEASE_SECONDS = 15

ALERTS = Collection(
    "alerts",
    retention="inpatient",
    outbox=True,
    critical=True,
    indexes=(
        Index("open", (("inst", 1), ("raised_at", 1)), partial={"open": True}),
        Index("ended", (("inst", 1), ("ended_at", -1))),
        Index("raised", (("inst", 1), ("raised_at", -1))),
        Index("told", (("inst", 1), ("told.member", 1), ("raised_at", -1))),
        Index("result", (("inst", 1), ("report", 1), ("item", 1))),
        Index("chart", (("inst", 1), ("chart", 1), ("raised_at", -1))),
        DUE_INDEX,
    ),
)


def alert_of(doc: dict) -> Alert:
    return msgspec.convert(doc, Alert)


async def add(ctx: Ctx, alert: Alert, events: list[dict]) -> bool:
    """False when the alert is there already."""
    doc = _plain(alert)
    if doc["due_at"] is None:
        del doc["due_at"]
    try:
        await ctx.db(ALERTS).insert({**doc, "outbox": events})
    except Duplicate:
        return False
    ctx.house.nudge(CRITICAL)
    return True


async def keep(ctx: Ctx, before: Alert, after: Alert, events: list[dict]) -> Alert | None:
    """One conditional write on (id, state, version); None when somebody was first."""
    old, new = _plain(before), _plain(after)
    lines, due = new.pop("steps")[len(before.steps) :], new.pop("due_at")
    changed = {name: value for name, value in new.items() if value != old[name]}
    update = {
        "$set": {**changed, **({"due_at": due} if due else {})},
        "$unset": RELEASED if due else SETTLED,
        "$push": {"steps": {"$each": lines}, "outbox": {"$each": events}},
    }
    counted = {"misreads": before.misreads} if "misreads" in changed else {}
    doc = await ctx.db(ALERTS).change({**_as_it_was(before), **counted}, update)
    if doc is None:
        return None
    ctx.house.nudge(CRITICAL)
    return alert_of(doc)


async def misread(ctx: Ctx, before: Alert, after: Alert) -> bool:
    """Counts a wrong read-back; the version stays, so that the next try needs no other page. False
    when somebody was first, be it with another wrong one.
    """
    line = msgspec.to_builtins(after.steps[-1], builtin_types=(datetime,))
    update = {"$push": {"steps": line}, "$set": {"misreads": after.misreads}}
    where = {**_as_it_was(before), "misreads": before.misreads}
    return bool(await ctx.db(ALERTS).change(where, update))


async def get(ctx: Ctx, key: str) -> Alert | None:
    doc = await ctx.db(ALERTS).get(key)
    return alert_of(doc) if doc else None


async def due(ctx: Ctx) -> list[Alert]:
    """A batch of alerts with a step that is due, leased to the caller."""
    return [alert_of(doc) for doc in await claim_due(ctx, ALERTS, BATCH, LEASE_SECONDS)]


async def open_ones(ctx: Ctx, limit: int = 500) -> list[Alert]:
    """Oldest first."""
    return await _find(ctx, {"open": True}, [("raised_at", 1)], limit)


async def ended_since(ctx: Ctx, moment: datetime, limit: int = 100) -> list[Alert]:
    return await _find(ctx, {"ended_at": {"$gte": moment}}, [("ended_at", -1)], limit)


async def told_to(ctx: Ctx, member: str, limit: int = 100) -> list[Alert]:
    """Newest first."""
    return await _find(ctx, {"told.member": member}, [("raised_at", -1)], limit)


async def open_at(ctx: Ctx, places: Iterable[str]) -> list[Alert]:
    """Open ones for which one of these rosters answers."""
    where = {"open": True, "places": {"$in": sorted(places)}}
    return await _find(ctx, where, [("raised_at", 1)], 500)


async def of_result(ctx: Ctx, report: str, items: Iterable[str] | None = None) -> list[Alert]:
    """Every alert of a report, or of some of its results, by version of the report."""
    where: dict[str, Any] = {"report": report}
    if items is not None:
        where["item"] = {"$in": sorted(items)}
    return await _find(ctx, where, [("report_version", 1)], 0)


async def open_of_chart(ctx: Ctx, charts: Iterable[str]) -> list[Alert]:
    where = {"chart": {"$in": sorted(charts)}, "open": True}
    return await _find(ctx, where, [("raised_at", 1)], 0)


async def of_chart_since(ctx: Ctx, chart: str, moment: datetime) -> list[Alert]:
    """Newest first."""
    where = {"chart": chart, "raised_at": {"$gte": moment}}
    return await _find(ctx, where, [("raised_at", -1)], 100)


async def raised_between(ctx: Ctx, starts: datetime, ends: datetime) -> list[Alert]:
    return await _find(ctx, {"raised_at": {"$gte": starts, "$lt": ends}}, [("raised_at", -1)], 0)


async def _find(ctx: Ctx, where: dict, sort: list[tuple[str, int]], limit: int) -> list[Alert]:
    return [alert_of(doc) for doc in await ctx.db(ALERTS).find(where, sort=sort, limit=limit)]


def _as_it_was(alert: Alert) -> dict[str, Any]:
    return {"_id": alert.id, "state": alert.state, "version": alert.version}


def _plain(alert: Alert) -> dict[str, Any]:
    return msgspec.to_builtins(alert, builtin_types=(datetime,))
