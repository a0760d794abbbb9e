"""Leases in MongoDB that end by themselves when their holder dies.

They are judged by the database's clock alone: however the clock of a machine jumps, nobody takes
what another one holds, and nothing is held for longer than a lease lasts.
"""

import time
from contextlib import suppress
from typing import Any

from wx_backend.base import ids
from wx_backend.base.collection import META, Duplicate
from wx_backend.base.context import Ctx

NOW = "$$NOW"


def over(until: str, seconds: float) -> dict[str, Any]:
    """A filter: the lease that ends at the field ``until`` has ended, or was never taken, or would
    last longer than the ``seconds`` it is given: the database's own clock was put back.
    """
    left = {"$subtract": [f"${until}", NOW]}
    return {"$expr": {"$not": [{"$and": [{"$gt": [left, 0]}, {"$lte": [left, _millis(seconds)]}]}]}}


def lasts(until: str) -> dict[str, Any]:
    """A filter: the lease that ends at the field ``until`` has not ended."""
    return {"$expr": {"$gt": [f"${until}", NOW]}}


def ends_in(seconds: float) -> dict[str, Any]:
    """For ``$set`` in a pipeline: the moment so many seconds from now."""
    return {"$add": [NOW, _millis(seconds)]}


def _millis(seconds: float) -> int:
    return round(seconds * 1000)


class Lease:
    """Held by at most one process. What depends on it must still be harmless when done twice: a
    holder that was paused may not know that its lease has ended.
    """

    def __init__(self, name: str, seconds: float = 6.0):
        self._key = f"lease:{name}"
        self._seconds = seconds
        self._holder = ids.new("ls")
        self._until: float | None = None

    async def held(self, ctx: Ctx) -> bool:
        """Takes, renews (when half of it is over) or does not get the lease; at most two calls
        once anybody has had it.
        """
        now = time.monotonic()
        if self._until and now < self._until - self._seconds / 2:
            return True
        got = await self._take(ctx)
        if not got and self._until is None:
            with suppress(Duplicate):
                await ctx.db(META).insert({"_id": self._key})
                got = await self._take(ctx)
        self._until = now + self._seconds if got else None
        return got

    async def _take(self, ctx: Ctx) -> bool:
        free = {"$or": [{"holder": self._holder}, over("until", self._seconds)]}
        mine = {"holder": self._holder, "until": ends_in(self._seconds)}
        return bool(await ctx.db(META).change({"_id": self._key, **free}, [{"$set": mine}]))
