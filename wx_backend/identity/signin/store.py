"""Credentials of staff and failed sign-ins in MongoDB."""

from datetime import datetime

import msgspec

from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.identity.signin.model import Credentials

CREDENTIALS = Collection("credentials", retention="staff")
LOCKOUTS = Collection(
    "lockouts", retention="session", scoped=False, indexes=(Index("at", (("at", 1),)),)
)


async def get(ctx: Ctx, member_id: str) -> Credentials | None:
    doc = await ctx.db(CREDENTIALS).get(member_id)
    return msgspec.convert(doc, Credentials) if doc else None


async def put(ctx: Ctx, given: Credentials) -> None:
    """In the place of whatever there was."""
    fields = msgspec.to_builtins(given, builtin_types=(datetime,))
    await ctx.db(CREDENTIALS).put(fields.pop("_id"), fields)


async def insert_new(ctx: Ctx, given: list[Credentials]) -> None:
    """Those of members who have none yet."""
    docs = [msgspec.to_builtins(one, builtin_types=(datetime,)) for one in given]
    await ctx.db(CREDENTIALS).insert_many(docs)


async def own_password(ctx: Ctx, known: Credentials, password: str) -> bool:
    """False when the password was changed meanwhile."""
    return await _change(
        ctx, known, {"password": known.password}, {"password": password, "own": True, "until": None}
    )


async def pending(ctx: Ctx, known: Credentials, sealed: str) -> bool:
    """Keeps a secret that is being set up, unless one is in use already."""
    return await _change(ctx, known, {"totp": ""}, {"pending": sealed})


async def enrolled(ctx: Ctx, known: Credentials, step: int, recovery: list[str]) -> bool:
    """The pending secret comes into use; False when it is no longer the pending one."""
    return await _change(
        ctx,
        known,
        {"totp": "", "pending": known.pending},
        {"totp": known.pending, "pending": "", "last_step": step, "recovery": recovery},
    )


async def use_step(ctx: Ctx, known: Credentials, step: int) -> bool:
    """False when a code of this or a later period was used before."""
    return await _change(
        ctx, known, {"totp": known.totp, "last_step": {"$lt": step}}, {"last_step": step}
    )


async def use_recovery(ctx: Ctx, known: Credentials, blind: list[str]) -> bool:
    """False when there is no such code (any more)."""
    held = {"recovery": {"$in": blind}}
    taken = await ctx.db(CREDENTIALS).change({"_id": known.id, **held}, {"$pull": held})
    return taken is not None


async def new_recovery(ctx: Ctx, known: Credentials, recovery: list[str]) -> bool:
    return await _change(ctx, known, {"totp": known.totp}, {"recovery": recovery})


async def _change(ctx: Ctx, known: Credentials, where: dict, fields: dict) -> bool:
    changed = await ctx.db(CREDENTIALS).change({"_id": known.id, **where}, {"$set": fields})
    return changed is not None


async def tries(ctx: Ctx, key: str) -> dict | None:
    """``tries``, ``locked_until`` and ``at``, the moment of the last one."""
    return await ctx.db(LOCKOUTS).get(key)


async def count_try(
    ctx: Ctx, key: str, before: dict | None, tries: int, locked_until: datetime
) -> bool:
    """Counts one more; False when another try came between."""
    now = ctx.wire_now()
    fields = {"tries": tries, "locked_until": locked_until, "at": now}
    if before is None:
        try:
            await ctx.db(LOCKOUTS).insert({"_id": key, "n": 1, **fields})
        except Duplicate:
            return False
        return True
    unchanged = {"_id": key, "n": before["n"]}
    update = {"$set": fields, "$inc": {"n": 1}}
    return await ctx.db(LOCKOUTS).change(unchanged, update) is not None


async def give_back(ctx: Ctx, key: str) -> None:
    """The last try was none."""
    await ctx.db(LOCKOUTS).change(
        {"_id": key}, {"$inc": {"tries": -1, "n": 1}, "$set": {"locked_until": ctx.wire_now()}}
    )


async def clear_tries(ctx: Ctx, key: str) -> None:
    await ctx.db(LOCKOUTS).delete_many({"_id": key})


async def forget_tries(ctx: Ctx, before: datetime) -> int:
    return await ctx.db(LOCKOUTS).delete_many({"at": {"$lt": before}})
