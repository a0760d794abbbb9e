"""How many texts somebody got at one provider, whichever process sent them."""

from datetime import datetime

from notify.messages import texting
from notify.messages.store import TEXTS
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx

TRIES = 5
"""At counting somebody's texts, while other processes count too."""


async def sent(ctx: Ctx, key: str) -> list[datetime] | None:
    """When they were texted, as far back as it counts; None: never."""
    doc = await ctx.db(TEXTS).get(key)
    return doc["sent"] if doc else None


async def take(ctx: Ctx, key: str, most: int) -> datetime | None:
    """The moment under which a text of the caller's is counted now; None: it would be one too many.

    ``most``: on one day.
    """
    for _ in range(TRIES):
        seen, now = await sent(ctx, key), ctx.now()
        if texting.wait_for(seen or (), now, most):
            return None
        if await _put(ctx, key, seen, [*texting.counted(seen or (), now), now]):
            return now
    return None


async def give_back(ctx: Ctx, key: str, at: datetime) -> None:
    """The text counted under this moment did not go."""
    await ctx.db(TEXTS).change({"_id": key}, {"$pull": {"sent": at}})


async def _put(ctx: Ctx, key: str, seen: list[datetime] | None, now: list[datetime]) -> bool:
    """False when somebody else was first."""
    if seen is not None:
        was = {"_id": key, "sent": seen}
        return await ctx.db(TEXTS).change(was, {"$set": {"sent": now}}) is not None
    try:
        await ctx.db(TEXTS).insert({"_id": key, "sent": now})
    except Duplicate:
        return False
    return True
