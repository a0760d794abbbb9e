"""How messages ended, on the way to the inbox: nobody waits, and many travel together."""

import asyncio
import logging
from datetime import datetime

from wx_backend.base.context import Ctx, House
from wx_backend.entrypoints.interfaces import inbox

logger = logging.getLogger(__name__)

VIEW = "hl7_endings"


class Endings:
    """Writes outcomes in the background, one round trip after the other.

    What is lost with the process, or cannot be written, is left to the sweep: the message is
    handled again, which changes nothing.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Ctx, datetime, inbox.Change]] = []
        self._writing: asyncio.Task | None = None

    def put(self, ctx: Ctx, month: datetime, change: inbox.Change) -> None:
        self._waiting.append((ctx, month, change))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())

    async def flush(self) -> None:
        """Returns when everything so far is written or given up."""
        while self._writing and not self._writing.done():
            await self._writing

    async def _write(self) -> None:
        while self._waiting:
            items, self._waiting = self._waiting, []
            try:
                await self._settle(items)
            except Exception:
                logger.exception("outcomes not written", extra={"messages": len(items)})

    async def _settle(self, items: list[tuple[Ctx, datetime, inbox.Change]]) -> None:
        groups: dict[tuple, tuple[Ctx, datetime, list[inbox.Change]]] = {}
        for ctx, month, change in items:
            key = (ctx.institution, f"{month:%Y%m}")
            groups.setdefault(key, (ctx, month, []))[2].append(change)
        for ctx, month, changes in groups.values():
            await inbox.settle(ctx, month, changes)


def endings(house: House) -> Endings:
    """The process's own."""
    if VIEW not in house.views:
        house.views[VIEW] = Endings()
    return house.views[VIEW]
