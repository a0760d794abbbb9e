"""The sealer: each second it chains and signs the audit records that came since.

One process does it at a time (a lease), but nothing depends on that: a seal's number is unique, so
of two sealers one is refused. A crash after the seal and before the records' marks are taken off is
made good by the next turn, which finds the records in the last seal.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from wx_backend.base.context import Ctx, House
from wx_backend.base.lease import Lease
from wx_backend.base.seals import chain, checkpoints, store
from wx_backend.base.seals.chain import Seal
from wx_backend.base.signing import Signer
from wx_backend.base.sweeper import Sweep

log = logging.getLogger(__name__)

VIEW = "audit_sealer"
LOOK_BACK = timedelta(seconds=30)
"""Months that are over are looked at so often, for records that come late."""
CHECKPOINTS = timedelta(seconds=10)


class Sealer:
    """What the process remembers between turns."""

    def __init__(self, house: House):
        settings = house.settings
        self.signer = Signer(settings.audit_signing_keys())
        self.lease = Lease("audit_sealer")
        self._folder = Path(settings.audit_dir) if settings.audit_dir else None
        self._looked: datetime | None = None
        self._pending: dict[str, Seal] = {}
        self._written: datetime | None = None

    async def turn(self, ctx: Ctx) -> int:
        """Seals what waits, at most one batch a month; how many records."""
        sealed = 0
        for month in await self._months(ctx):
            if seal := await self.seal(ctx, month):
                self._pending[month] = seal
                sealed += len(seal.entries)
        await self._checkpoint(ctx, idle=not sealed)
        return sealed

    async def _months(self, ctx: Ctx) -> list[str]:
        now = ctx.wire_now()
        if self._looked and now - self._looked < LOOK_BACK:
            return [f"{now:%Y%m}"]
        months = await store.months(ctx.house.db)
        if self._looked is None:  # a sealer that died may have left no checkpoint
            heads = [await store.head(ctx.house.db, month) for month in months[-2:]]
            self._pending = {head.month: head for head in heads if head}
        self._looked = now
        return months

    async def seal(self, ctx: Ctx, month: str) -> Seal | None:
        """One batch of a month; None when nothing waits or somebody else was first."""
        db = ctx.house.db
        if not await store.waiting(db, month, 1):
            return None
        before = await store.head(db, month)
        found = await store.waiting(db, month)  # after the head, so that none is sealed twice
        if before:
            known = dict(before.entries)
            if any(record["_id"] in known for record in found):
                await store.settled(db, month, before)
            found = [record for record in found if record["_id"] not in known]
        if not found:
            return None
        link = "" if before else await self._link(ctx, month)
        empty = chain.following(before, month, link, ctx.wire_now(), self.signer.key)
        seal = chain.over(empty, found)
        seal = msgspec.structs.replace(seal, signature=self.signer.sign(seal.chain.encode()))
        if not await store.add(db, seal):
            return None
        await store.settled(db, month, seal)
        return seal

    async def _link(self, ctx: Ctx, month: str) -> str:
        """``month:number:chain`` of the last seal before a month; empty for the first of all."""
        earlier = [one for one in await store.months(ctx.house.db) if one < month]
        for one in reversed(earlier):
            if head := await store.head(ctx.house.db, one):
                return f"{one}:{head.n}:{head.chain}"
        return ""

    async def _checkpoint(self, ctx: Ctx, idle: bool) -> None:
        now = ctx.wire_now()
        due = idle or self._written is None or now - self._written >= CHECKPOINTS
        if not self._folder or not self._pending or not due:
            return
        for month, seal in list(self._pending.items()):
            await asyncio.to_thread(checkpoints.write, self._folder, seal)
            if self._pending.get(month) is seal:
                del self._pending[month]
        self._written = now


def sealer(house: House) -> Sealer:
    """The process's own."""
    if VIEW not in house.views:
        house.views[VIEW] = Sealer(house)
    return house.views[VIEW]


async def seal(ctx: Ctx) -> int:
    """One turn, when this process holds the lease; how many records were sealed."""
    own = sealer(ctx.house)
    return await own.turn(ctx) if await own.lease.held(ctx) else 0


sweeps = [Sweep("audit seal", seal)]
