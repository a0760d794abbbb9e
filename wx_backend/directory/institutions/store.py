"""Institutions, campuses, relations and channels in MongoDB.

Institutions and channels are looked up before the institution is known (by host name, by the
address of a callback), so these two collections are not scoped and every query names what it wants.
"""

from typing import TypeVar

import msgspec

from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx, House
from wx_backend.directory.institutions.model import Campus, Channel, Institution, Relation

INSTITUTIONS = Collection(
    "institutions",
    retention="forever",
    scoped=False,
    indexes=(
        Index("code", (("code", 1),), unique=True),
        Index("hosts", (("hosts", 1),), unique=True, partial={"hosts.0": {"$exists": True}}),
    ),
)
CAMPUSES = Collection("campuses", retention="forever", indexes=(Index("inst", (("inst", 1),)),))
RELATIONS = Collection("relations", retention="forever", indexes=(Index("inst", (("inst", 1),)),))
CHANNELS = Collection(
    "channels",
    retention="forever",
    scoped=False,
    indexes=(Index("inst", (("inst", 1), ("platform", 1))),),
)

T = TypeVar("T", bound=msgspec.Struct)


async def institution(ctx: Ctx, inst: str) -> Institution | None:
    doc = await ctx.db(INSTITUTIONS).get(inst)
    return msgspec.convert(doc, Institution) if doc else None


async def institutions(house: House) -> list[Institution]:
    """All of them; there are few."""
    return _all(await house.db.scoped(INSTITUTIONS, None).find(), Institution)


async def campuses(ctx: Ctx) -> list[Campus]:
    return _all(await ctx.db(CAMPUSES).find(sort=[("_id", 1)]), Campus)


async def relations(ctx: Ctx) -> list[Relation]:
    return _all(await ctx.db(RELATIONS).find(sort=[("_id", 1)]), Relation)


async def channel(ctx: Ctx, channel_id: str) -> Channel | None:
    doc = await ctx.db(CHANNELS).get(channel_id)
    return msgspec.convert(doc, Channel) if doc else None


async def channels(ctx: Ctx, inst: str, platform: str) -> list[Channel]:
    docs = await ctx.db(CHANNELS).find({"inst": inst, "platform": platform}, sort=[("_id", 1)])
    return _all(docs, Channel)


async def all_channels(ctx: Ctx, inst: str) -> list[Channel]:
    docs = await ctx.db(CHANNELS).find({"inst": inst}, sort=[("platform", 1), ("_id", 1)])
    return _all(docs, Channel)


async def put_institution(ctx: Ctx, given: Institution) -> None:
    await _put(ctx, INSTITUTIONS, given)


async def put_campus(ctx: Ctx, given: Campus) -> None:
    await _put(ctx, CAMPUSES, given)


async def put_relation(ctx: Ctx, given: Relation) -> None:
    await _put(ctx, RELATIONS, given)


async def add_channel(ctx: Ctx, given: Channel) -> bool:
    """False when it is there already."""
    try:
        await ctx.db(CHANNELS).insert(msgspec.to_builtins(given))
    except Duplicate:
        return False
    return True


async def replace_channel(ctx: Ctx, given: Channel, version: int) -> bool:
    """Puts ``given`` in the place of ``version``; False when that is no longer the current one."""
    fields = msgspec.to_builtins(given)
    key = fields.pop("_id")
    return bool(await ctx.db(CHANNELS).change({"_id": key, "version": version}, {"$set": fields}))


async def _put(ctx: Ctx, collection: Collection, given: msgspec.Struct) -> None:
    fields = msgspec.to_builtins(given)
    await ctx.db(collection).put(fields.pop("_id"), fields)


def _all(docs: list[dict], kind: type[T]) -> list[T]:
    return [msgspec.convert(doc, kind) for doc in docs]
