"""One process at a time: a lease in MongoDB that ends by itself when its holder dies."""

from datetime import datetime, timedelta

from wx_backend.base import ids
from wx_backend.base.collection import META, Duplicate
from wx_backend.base.context import Ctx


class Lease:
    """Held by at most one process. What depends on it must still be harmless when done twice: a
    holder that was paused may not know that its lease has ended.
    """

    def __init__(self, name: str, seconds: float = 6.0):
        self._key = f"lease:{name}"
        self._length = timedelta(seconds=seconds)
        self._holder = ids.new("ls")
        self._until: datetime | None = None

    async def held(self, ctx: Ctx) -> bool:
        """Takes, renews (when half of it is over) or does not get the lease; at most two calls."""
        now = ctx.wire_now()
        if self._until and now < self._until - self._length / 2:
            return True
        until = now + self._length
        mine = {"holder": self._holder, "until": until}
        free = {"$or": [{"holder": self._holder}, {"until": {"$lt": now}}]}
        table = ctx.db(META)
        got = await table.change({"_id": self._key, **free}, {"$set": mine}) is not None
        if not got and self._until is None:
            try:
                await table.insert({"_id": self._key, **mine})
                got = True
            except Duplicate:
                got = False
        self._until = until if got else None
        return got
