"""Breaches in MongoDB: one document for each kind and appointment, whatever becomes of it."""

from datetime import datetime

import msgspec

from booking.conduct.model import Breach
from booking.restrictions.model import of_account
from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.identity.accounts.model import handed_back, handed_over

BREACHES = Collection(
    "breaches",
    retention="audit",
    ages="at",
    indexes=(Index("subject", (("inst", 1), ("subject", 1), ("kind", 1), ("at", 1))),),
)

ABSENCES = Collection("absences", retention="outpatient")
"""By institution: up to when it is known who did not come."""


async def add(ctx: Ctx, breach: Breach) -> Breach:
    """The breach as it is stored: it may have been told, or excused, before."""
    try:
        await ctx.db(BREACHES).insert(msgspec.to_builtins(breach, builtin_types=(datetime,)))
    except Duplicate:
        return msgspec.convert(await ctx.db(BREACHES).get(breach.id), Breach)
    return breach


async def excuse(ctx: Ctx, breach: Breach) -> None:
    """It never counts, whether it was told before or will be."""
    doc = msgspec.to_builtins(breach, builtin_types=(datetime,))
    key = doc.pop("_id")
    await ctx.db(BREACHES).put(key, {**doc, "excused": True})


async def around(ctx: Ctx, breach: Breach, since: datetime, until: datetime) -> list[Breach]:
    """The same subject's of the same kind, between these moments, but for excused ones."""
    docs = await ctx.db(BREACHES).find(
        {
            "subject": breach.subject,
            "kind": breach.kind,
            "at": {"$gte": since, "$lte": until},
            "excused": False,
        },
        sort=[("at", 1)],
        limit=200,
    )
    return [msgspec.convert(doc, Breach) for doc in docs]


async def adopt(ctx: Ctx, account: str, into: str) -> int:
    """Those of an account that was merged into another."""
    return await ctx.db(BREACHES).change_many(*handed_over(account, into, "subject", of_account))


async def give_back(ctx: Ctx, account: str, of: str) -> int:
    """Those that came from an account which is its own again."""
    return await ctx.db(BREACHES).change_many(*handed_back(account, of, "subject", of_account))


async def known_until(ctx: Ctx) -> datetime | None:
    """Up to when absences of this institution were looked for; None: never."""
    doc = await ctx.db(ABSENCES).get(ctx.institution)
    return doc["until"] if doc else None


async def know_until(ctx: Ctx, until: datetime) -> None:
    await ctx.db(ABSENCES).put(ctx.institution, {"until": until})


async def forget(ctx: Ctx) -> None:
    """Nobody counts absences: what is past when somebody begins again does not count."""
    await ctx.db(ABSENCES).delete_many({"_id": ctx.institution})
