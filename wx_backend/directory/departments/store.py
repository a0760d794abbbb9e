"""Departments, doctors and wards in MongoDB."""

from typing import Any

import msgspec

from wx_backend.base import search
from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.directory.departments.model import Department, Doctor, Ward

ORDER = [("rank", 1), ("_id", 1)]
_ORDERED = (Index("order", (("inst", 1), ("rank", 1))),)

DEPARTMENTS = Collection("departments", retention="forever", indexes=_ORDERED)
DOCTORS = Collection("doctors", retention="forever", indexes=_ORDERED)

WARDS = Collection(
    "wards", retention="forever", indexes=(Index("code", (("inst", 1), ("code", 1)), unique=True),)
)


Described = Department | Doctor


async def departments(ctx: Ctx) -> list[tuple[Department, list[str]]]:
    """Each with its search tokens."""
    docs = await ctx.db(DEPARTMENTS).find(sort=ORDER)
    return [(msgspec.convert(doc, Department), doc.get("tokens", [])) for doc in docs]


async def doctors(ctx: Ctx) -> list[tuple[Doctor, list[str]]]:
    """Each with its search tokens."""
    docs = await ctx.db(DOCTORS).find(sort=ORDER)
    return [(msgspec.convert(doc, Doctor), doc.get("tokens", [])) for doc in docs]


async def wards(ctx: Ctx) -> list[Ward]:
    docs = await ctx.db(WARDS).find(sort=ORDER)
    return [msgspec.convert(doc, Ward) for doc in docs]


async def put_department(ctx: Ctx, given: Department) -> None:
    await _put_unless_described(ctx, DEPARTMENTS, given)


async def put_doctor(ctx: Ctx, given: Doctor) -> None:
    await _put_unless_described(ctx, DOCTORS, given)


async def put_ward(ctx: Ctx, given: Ward) -> None:
    fields = msgspec.to_builtins(given)
    await ctx.db(WARDS).put(fields.pop("_id"), fields)


async def describe(ctx: Ctx, found: Described, fields: dict[str, Any]) -> bool:
    """One conditional write on the version of ``found``; it is found by its new words at once."""
    said = said_by(msgspec.structs.replace(found, **fields))
    doc = await ctx.db(DEPARTMENTS if isinstance(found, Department) else DOCTORS).change(
        {"_id": found.id, "version": {"$in": [found.version, None]}},
        {"$set": {**fields, **search.indexed(said), "version": found.version + 1}},
    )
    return doc is not None


def said_by(one: Department | Doctor) -> tuple[str, ...]:
    """The texts by which it is found."""
    if isinstance(one, Department):
        return one.name, one.group, one.hint
    return one.name, one.specialty


async def reindex(ctx: Ctx) -> int:
    """New tokens for what an older tokenizer has indexed, in every institution; how many."""
    done = 0
    for collection, kind in ((DEPARTMENTS, Department), (DOCTORS, Doctor)):
        docs = await ctx.db(collection).find({"tokenizer": {"$ne": search.VERSION}})
        changes = [
            ({"_id": doc["_id"]}, {"$set": search.indexed(said_by(msgspec.convert(doc, kind)))})
            for doc in docs
        ]
        await ctx.db(collection).change_each(changes)
        done += len(changes)
    return done


async def _put_unless_described(ctx: Ctx, collection: Collection, given: Described) -> None:
    """What staff have written here since is left alone."""
    fields = msgspec.to_builtins(given) | search.indexed(said_by(given))
    key = fields.pop("_id")
    try:
        await ctx.db(collection).change(
            {"_id": key, "version": {"$in": [1, None]}}, {"$set": fields}, upsert=True
        )
    except Duplicate:
        return
