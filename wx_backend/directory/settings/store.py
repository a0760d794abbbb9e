"""Settings in MongoDB: one document for each version; versions are never rewritten."""

import msgspec

from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.directory.settings.model import SETTINGS as MACHINE
from wx_backend.directory.settings.model import Setting, setting_id

SETTINGS = Collection(
    "settings",
    retention="forever",
    indexes=(
        Index("state", (("inst", 1), ("state", 1))),
        Index("history", (("inst", 1), ("name", 1), ("level", 1), ("scope", 1), ("version", -1))),
    ),
)


async def approved(ctx: Ctx) -> list[Setting]:
    return await in_state(ctx, "APPROVED")


async def in_state(ctx: Ctx, state: str) -> list[Setting]:
    docs = await ctx.db(SETTINGS).find({"state": state}, sort=[("proposed_at", 1)])
    return [msgspec.convert(doc, Setting) for doc in docs]


async def versions(ctx: Ctx, name: str, limit: int = 50) -> list[Setting]:
    docs = await ctx.db(SETTINGS).find({"name": name}, sort=[("proposed_at", -1)], limit=limit)
    return [msgspec.convert(doc, Setting) for doc in docs]


async def latest_version(ctx: Ctx, name: str, level: str, scope: str) -> int:
    """0 when there is none."""
    doc = await ctx.db(SETTINGS).find_one(
        {"name": name, "level": level, "scope": scope}, sort=[("version", -1)]
    )
    return doc["version"] if doc else 0


async def add_draft(
    ctx: Ctx, name: str, level: str, scope: str, value: int | str, version: int
) -> Setting | None:
    """None when this version exists already: somebody else was first."""
    inst = ctx.institution or ""
    doc = {
        "_id": setting_id(inst, name, level, scope, version),
        "inst": inst,
        "name": name,
        "level": level,
        "scope": scope,
        "value": value,
        "version": version,
        "state": MACHINE.initial,
        "proposed_by": str(ctx.actor),
        "proposed_at": ctx.now(),
    }
    try:
        await ctx.db(SETTINGS).insert(doc)
    except Duplicate:
        return None
    return msgspec.convert(doc, Setting)


async def get(ctx: Ctx, key: str) -> Setting | None:
    doc = await ctx.db(SETTINGS).get(key)
    return msgspec.convert(doc, Setting) if doc else None


async def decide(ctx: Ctx, key: str, action: str) -> Setting | None:
    """None when the setting is in no state that allows ``action``."""
    sources = MACHINE.sources(action)
    doc = await ctx.db(SETTINGS).change(
        {"_id": key, "state": {"$in": sorted(sources)}, "proposed_by": {"$ne": str(ctx.actor)}},
        {
            "$set": {
                "state": MACHINE.next(MACHINE.initial, action),
                "decided_by": str(ctx.actor),
                "decided_at": ctx.now(),
            }
        },
    )
    return msgspec.convert(doc, Setting) if doc else None
