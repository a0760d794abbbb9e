"""Reports and the hospital's rule sets in MongoDB."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from wx_backend.base import ids
from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.records.reports.model import Report
from wx_backend.records.reports.rules import RuleSet

REPORTS = Collection(
    "reports",
    retention="inpatient",
    outbox=True,
    critical=True,
    indexes=(Index("chart", (("inst", 1), ("chart", 1), ("content.resulted_at", -1))),),
)
PANIC_RULES = Collection(
    "panic_rules",
    retention="forever",
    indexes=(Index("version", (("inst", 1), ("version", -1)), unique=True),),
)


LISTED = ("rules", "diagnoses", "haemolysis")
"""What a hospital decides upon with a rule set."""


async def get(ctx: Ctx, key: str) -> Report | None:
    doc = await ctx.db(REPORTS).get(key)
    return msgspec.convert(doc, Report) if doc else None


async def add(ctx: Ctx, report: Report, events: list[dict]) -> bool:
    """False when the report is there already."""
    try:
        await ctx.db(REPORTS).insert_together({**_plain(report), "outbox": events})
    except Duplicate:
        return False
    return True


async def replace(ctx: Ctx, known: Report, new: Report, events: list[dict]) -> bool:
    """False when somebody was first: read again."""
    fields = _plain(new)
    where = {"_id": fields.pop("_id"), "version": known.version}
    update = {"$set": fields, "$push": {"outbox": {"$each": events}}}
    return bool(await ctx.db(REPORTS).change(where, update))


async def release(ctx: Ctx, key: str, version: int) -> bool:
    """A held report of this version is held no longer."""
    where = {"_id": key, "version": version, "held": True}
    return bool(await ctx.db(REPORTS).change(where, {"$set": {"held": False}}))


async def of_charts(ctx: Ctx, charts: Iterable[str], limit: int) -> list[Report]:
    """Reports of these charts, newest first."""
    docs = await ctx.db(REPORTS).find(
        {"chart": {"$in": list(charts)}}, sort=[("content.resulted_at", -1)], limit=limit
    )
    return [msgspec.convert(doc, Report) for doc in docs]


async def approved_rules(ctx: Ctx, today: str) -> RuleSet | None:
    """The newest approved rule set that is in effect on ``today`` (ISO date)."""
    where = {"state": "APPROVED", "effective_from": {"$lte": today}}
    doc = await ctx.db(PANIC_RULES).find_one(where, sort=[("version", -1)])
    return _rules(doc) if doc else None


async def rule_set(ctx: Ctx, key: str) -> RuleSet | None:
    doc = await ctx.db(PANIC_RULES).get(key)
    return _rules(doc) if doc else None


async def rule_sets(ctx: Ctx, limit: int = 50) -> list[RuleSet]:
    """Newest first."""
    docs = await ctx.db(PANIC_RULES).find({}, sort=[("version", -1)], limit=limit)
    return [_rules(doc) for doc in docs]


async def propose(ctx: Ctx, given: RuleSet) -> RuleSet | None:
    """The next version as a DRAFT; None when somebody proposed one at the same time."""
    last = await ctx.db(PANIC_RULES).find_one({}, sort=[("version", -1)])
    version = last["version"] + 1 if last else 1
    doc = {
        "_id": ids.derive("pan", ctx.institution or "", version),
        "version": version,
        "state": "DRAFT",
        "effective_from": given.effective_from.isoformat(),
        "source": "hospital",
        **{name: msgspec.to_builtins(getattr(given, name)) for name in LISTED},
        "proposed_by": str(ctx.actor),
        "proposed_at": ctx.now(),
    }
    try:
        await ctx.db(PANIC_RULES).insert(doc)
    except Duplicate:
        return None
    return _rules(doc)


async def approve(ctx: Ctx, key: str) -> RuleSet | None:
    """DRAFT → APPROVED by somebody else than who proposed it."""
    doc = await ctx.db(PANIC_RULES).change(
        {"_id": key, "state": "DRAFT", "proposed_by": {"$ne": str(ctx.actor)}},
        {
            "$set": {
                "state": "APPROVED",
                "approved_by": str(ctx.actor),
                "approved_at": ctx.now(),
            }
        },
    )
    return _rules(doc) if doc else None


async def reject(ctx: Ctx, key: str) -> RuleSet | None:
    """DRAFT → REJECTED."""
    told = {"state": "REJECTED", "rejected_by": str(ctx.actor), "rejected_at": ctx.now()}
    doc = await ctx.db(PANIC_RULES).change({"_id": key, "state": "DRAFT"}, {"$set": told})
    return _rules(doc) if doc else None


def _rules(doc: dict) -> RuleSet:
    known = {
        name: doc[name]
        for name in (
            "version",
            "state",
            "effective_from",
            "source",
            "proposed_by",
            "approved_by",
            *LISTED,
        )
        if name in doc
    }
    return msgspec.convert({**known, "id": doc["_id"]}, RuleSet, strict=False)


def _plain(report: Report) -> dict:
    return msgspec.to_builtins(report, builtin_types=(datetime,))
