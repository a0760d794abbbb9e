"""Departments, doctors and wards in MongoDB."""

import msgspec

from wx_backend.base.context import Ctx
from wx_backend.base.db import Collection, Index
from wx_backend.directory.departments.model import Department, Doctor, Ward

ORDER = [("rank", 1), ("_id", 1)]

DEPARTMENTS = Collection(
    "departments", retention="forever", indexes=(Index("order", (("inst", 1), ("rank", 1))),)
)
DOCTORS = Collection(
    "doctors", retention="forever", indexes=(Index("order", (("inst", 1), ("rank", 1))),)
)

WARDS = Collection(
    "wards", retention="forever", indexes=(Index("code", (("inst", 1), ("code", 1)), unique=True),)
)


async def departments(ctx: Ctx) -> list[Department]:
    docs = await ctx.db(DEPARTMENTS).find(sort=ORDER)
    return [msgspec.convert(doc, Department) for doc in docs]


async def doctors(ctx: Ctx) -> list[Doctor]:
    docs = await ctx.db(DOCTORS).find(sort=ORDER)
    return [msgspec.convert(doc, Doctor) for doc in docs]


async def wards(ctx: Ctx) -> list[Ward]:
    docs = await ctx.db(WARDS).find(sort=ORDER)
    return [msgspec.convert(doc, Ward) for doc in docs]


async def put_department(ctx: Ctx, given: Department) -> None:
    await _put(ctx, DEPARTMENTS, given)


async def put_doctor(ctx: Ctx, given: Doctor) -> None:
    await _put(ctx, DOCTORS, given)


async def put_ward(ctx: Ctx, given: Ward) -> None:
    await _put(ctx, WARDS, given)


async def _put(ctx: Ctx, collection: Collection, given: msgspec.Struct) -> None:
    fields = msgspec.to_builtins(given)
    await ctx.db(collection).put(fields.pop("_id"), fields)
