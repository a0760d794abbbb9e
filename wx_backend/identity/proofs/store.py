"""Attempts in MongoDB: limits are unique keys, every step is one conditional write."""

from datetime import datetime

import msgspec

from wx_backend.base.collection import Collection, Index
from wx_backend.base.context import Ctx
from wx_backend.identity.proofs.model import ANSWERS, PROOF, Attempt, open_claim

PROOFS = Collection(
    "proofs",
    retention="audit",
    ages="began_at",
    indexes=(Index("claims", (("claims", 1),), unique=True),),
)


async def add(ctx: Ctx, attempt: Attempt) -> None:
    """Raises Duplicate: ``value`` is the claim that somebody has."""
    await ctx.db(PROOFS).insert(msgspec.to_builtins(attempt, builtin_types=(datetime,)))


async def get(ctx: Ctx, key: str) -> Attempt | None:
    return _attempt(await ctx.db(PROOFS).get(key))


async def latest(ctx: Ctx, binding: str) -> Attempt | None:
    """The binding's attempt that has not ended, be its time over or not."""
    return _attempt(await ctx.db(PROOFS).find_one({"claims": open_claim(binding)}))


async def sent(ctx: Ctx, attempt: Attempt, to: str) -> None:
    """ASKING → SENT, unless it has moved on."""
    await ctx.db(PROOFS).change(
        {"_id": attempt.id, "state": "ASKING"}, {"$set": {"state": "SENT", "to": to}}
    )


async def end(ctx: Ctx, attempt: Attempt, action: str) -> None:
    """To where ``action`` leads, unless it has ended; the binding's place is free again."""
    await ctx.db(PROOFS).change(
        {"_id": attempt.id, "state": {"$in": sorted(PROOF.sources(action))}},
        {
            "$set": {"state": PROOF.next(attempt.state, action)},
            "$pull": {"claims": open_claim(attempt.binding)},
        },
    )


async def give(ctx: Ctx, attempt: Attempt, mark: str) -> Attempt | None:
    """Counts one more code; None when it was counted before, none is left, or it is over."""
    return _attempt(
        await ctx.db(PROOFS).change(
            {
                "_id": attempt.id,
                "state": {"$in": sorted(PROOF.sources("prove"))},
                "expires_at": {"$gt": ctx.now()},
                f"given.{ANSWERS - 1}": {"$exists": False},
                "given.mark": {"$ne": mark},
            },
            {"$push": {"given": {"mark": mark}}},
        )
    )


async def wrong(ctx: Ctx, attempt: Attempt, mark: str) -> Attempt | None:
    """What the other side has said of a code."""
    return _attempt(
        await ctx.db(PROOFS).change(
            {"_id": attempt.id, "given.mark": mark}, {"$set": {"given.$.wrong": True}}
        )
    )


def _attempt(doc: dict | None) -> Attempt | None:
    return msgspec.convert(doc, Attempt) if doc else None
