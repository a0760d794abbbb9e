"""Leases in MongoDB, which end by themselves when their holder dies.

They are judged by the wire clock. A machine's clock may jump: whatever depends on a lease is
harmless when done twice, and no lease is respected for longer than it can have been given for.
"""

import time
from datetime import datetime, timedelta
from typing import Any

from wx_backend.base import ids
from wx_backend.base.collection import META, Duplicate
from wx_backend.base.context import Ctx


def over(now: datetime, lasts: timedelta) -> dict[str, Any]:
    """What the end of a lease is compared with to be over, or missing.

    One that would go on for more than twice as long as it ``lasts`` was given before a clock was
    put back; less than that is how far the clocks of two machines may differ.
    """
    return {"$not": {"$gt": now, "$lte": now + 2 * lasts}}


class Lease:
    """Held by at most one process, but for one that was paused and does not know it is over."""

    def __init__(self, name: str, seconds: float = 6.0):
        self._key = f"lease:{name}"
        self._length = timedelta(seconds=seconds)
        self._holder = ids.new("ls")
        self._renew_at: float | None = None

    async def held(self, ctx: Ctx) -> bool:
        """Takes, renews (when half of it is over) or does not get the lease; at most two calls."""
        asked = time.monotonic()
        if self._renew_at and asked < self._renew_at:
            return True
        now = ctx.wire_now()
        mine = {"holder": self._holder, "until": now + self._length}
        free = {"$or": [{"holder": self._holder}, {"until": over(now, self._length)}]}
        table = ctx.db(META)
        got = await table.change({"_id": self._key, **free}, {"$set": mine}) is not None
        if not got and self._renew_at is None:
            try:
                await table.insert({"_id": self._key, **mine})
                got = True
            except Duplicate:
                got = False
        self._renew_at = asked + self._length.total_seconds() / 2 if got else None
        return got
