"""Credentials of staff and failed sign-ins in MongoDB."""

from datetime import datetime

import msgspec

from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.identity.signin.model import Credentials

CREDENTIALS = Collection("credentials", retention="staff", outbox=True)
LOCKOUTS = Collection(
    "lockouts", retention="session", scoped=False, indexes=(Index("at", (("at", 1),)),)
)

DEVICES = 20
"""Browsers of a member that are known again."""


async def get(ctx: Ctx, member_id: str) -> Credentials | None:
    doc = await ctx.db(CREDENTIALS).get(member_id)
    return msgspec.convert(doc, Credentials) if doc else None


async def reset(ctx: Ctx, known: Credentials | None, given: Credentials, event: dict) -> bool:
    """In the place of whatever was ``known``; False when that was changed meanwhile."""
    doc = _doc(given)
    if known:
        fields = {name: doc[name] for name in doc if name not in ("_id", "version")}
        return await _change(ctx, known, {}, {"$set": fields}, event)
    try:
        await ctx.db(CREDENTIALS).insert({**doc, "outbox": [event]})
    except Duplicate:
        return False
    return True


async def insert_new(ctx: Ctx, given: list[Credentials]) -> None:
    """Those of members who have none yet."""
    await ctx.db(CREDENTIALS).insert_many([_doc(one) for one in given])


async def own_password(
    ctx: Ctx, known: Credentials, password: str, event: dict | None = None
) -> bool:
    """False when the password was changed meanwhile."""
    fields = {"password": password, "own": True, "until": None}
    return await _change(ctx, known, {"password": known.password}, {"$set": fields}, event)


async def pending(ctx: Ctx, known: Credentials, sealed: str) -> bool:
    """Keeps a secret that is being set up, unless one is in use already."""
    return await _change(ctx, known, {"totp": ""}, {"$set": {"pending": sealed}})


async def enrolled(
    ctx: Ctx, known: Credentials, step: int, recovery: list[str], devices: list[str], event: dict
) -> bool:
    """The pending secret comes into use; False when it is no longer the pending one."""
    fields = {"last_step": step, "recovery": recovery, "devices": devices}
    return await _change(
        ctx,
        known,
        {"totp": "", "pending": known.pending},
        {"$set": {"totp": known.pending, "pending": "", **fields}},
        event,
    )


async def use_step(ctx: Ctx, known: Credentials, step: int) -> bool:
    """False when a code of this or a later period was used before."""
    unused = {"totp": known.totp, "last_step": {"$lt": step}}
    return await _change(ctx, known, unused, {"$set": {"last_step": step}})


async def use_recovery(ctx: Ctx, known: Credentials, blind: list[str], event: dict) -> bool:
    """False when there is no such code (any more)."""
    held = {"recovery": {"$in": blind}}
    return await _change(ctx, known, held, {"$pull": held}, event)


async def new_recovery(ctx: Ctx, known: Credentials, recovery: list[str], event: dict) -> bool:
    fields = {"recovery": recovery}
    return await _change(ctx, known, {"totp": known.totp}, {"$set": fields}, event)


async def met(ctx: Ctx, known: Credentials, devices: list[str], event: dict | None) -> bool:
    """Keeps names of browsers, those of the last ``DEVICES``; False when one is there already or
    what is told was changed meanwhile.
    """
    kept = {"devices": {"$each": devices, "$slice": -DEVICES}}
    new = {"devices": {"$nin": devices}}
    return await _change(ctx, known, new, {"$push": kept}, event)


async def _change(
    ctx: Ctx, known: Credentials, where: dict, update: dict, event: dict | None = None
) -> bool:
    """One conditional write; with an event it depends on the version, and makes the next one."""
    if event:
        where = {**where, "version": known.version or None}
        told = {**update.get("$push", {}), "outbox": event}
        update = {**update, "$inc": {"version": 1}, "$push": told}
    changed = await ctx.db(CREDENTIALS).change({"_id": known.id, **where}, update)
    return changed is not None


def _doc(given: Credentials) -> dict:
    return msgspec.to_builtins(given, builtin_types=(datetime,))


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
