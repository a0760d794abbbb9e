"""Charts and encounters in MongoDB; their ids are derived from the HIS's own numbers."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.records.encounters.model import Chart, Encounter

CHARTS = Collection(
    "charts",
    retention="inpatient",
    outbox=True,
    indexes=(
        Index("identity", (("inst", 1), ("identity.id_blind", 1))),
        Index("merged", (("inst", 1), ("merged_into", 1)), partial={"merged_into": {"$gt": ""}}),
    ),
)
ENCOUNTERS = Collection(
    "encounters",
    retention="inpatient",
    outbox=True,
    indexes=(
        Index("chart", (("inst", 1), ("chart", 1))),
        Index("ward", (("inst", 1), ("facts.place.ward", 1), ("facts.state", 1))),
    ),
)

T = TypeVar("T", Chart, Encounter)
_HOMES = {Chart: CHARTS, Encounter: ENCOUNTERS}


async def get(ctx: Ctx, kind: type[T], key: str) -> T | None:
    """One read, shared with concurrent callers."""
    doc = await ctx.db(_HOMES[kind]).get(key)
    return msgspec.convert(doc, kind) if doc else None


async def keep(ctx: Ctx, known: T | None, new: T, event: dict | None) -> bool:
    """Puts ``new`` in the place of ``known`` (None: there is none yet), with its event.

    False when somebody was first: read again.
    """
    table, fields = ctx.db(_HOMES[type(new)]), _plain(new)
    told = [event] if event else []
    if known is None:
        try:
            await table.insert_together({**fields, "outbox": told})
        except Duplicate:
            return False
        return True
    where = {"_id": fields.pop("_id"), "version": known.version}
    push = {"$push": {"outbox": {"$each": told}}} if told else {}
    return bool(await table.change(where, {"$set": fields, **push}))


async def encounters(ctx: Ctx, charts: Iterable[str]) -> list[Encounter]:
    docs = await ctx.db(ENCOUNTERS).find({"chart": {"$in": list(charts)}})
    return [msgspec.convert(doc, Encounter) for doc in docs]


async def merged_into(ctx: Ctx, charts: Iterable[str]) -> list[Chart]:
    """Charts for which one of these stands."""
    docs = await ctx.db(CHARTS).find({"merged_into": {"$in": list(charts)}})
    return [msgspec.convert(doc, Chart) for doc in docs]


async def with_identity(ctx: Ctx, id_blind: Iterable[str]) -> list[Chart]:
    """Charts of the person with this identity number."""
    docs = await ctx.db(CHARTS).find({"identity.id_blind": {"$in": list(id_blind)}})
    return [msgspec.convert(doc, Chart) for doc in docs]


def _plain(struct: msgspec.Struct) -> dict[str, Any]:
    return msgspec.to_builtins(struct, builtin_types=(datetime,))
