"""Due-dates in MongoDB, done by whoever is alive.

A document that needs something later carries ``due_at`` (business time). ``claim_due`` takes a
batch by lease; a process that dies leaves a lease that ends by itself. The ``Sweeper`` runs every
declared ``Sweep`` in each worker and gateway process, so nothing depends on the broker.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any

import msgspec

from wx_backend.base import ids, metrics
from wx_backend.base.collection import Collection
from wx_backend.base.context import Ctx, House
from wx_backend.base.lease import over
from wx_backend.base.log import trace_id as log_trace
from wx_backend.base.outbox import CRITICAL

log = logging.getLogger(__name__)

RELEASED = {"lease": "", "leased_until": ""}
"""For ``$unset``: the writer of a leased document lets it go."""

SETTLED = {"due_at": "", **RELEASED}
"""For ``$unset``: nothing is due any more."""


async def claim_due(
    ctx: Ctx,
    collection: Collection,
    limit: int = 50,
    lease_seconds: float = 60,
    extra: dict[str, Any] | None = None,
    month: datetime | None = None,
) -> list[dict]:
    """Takes up to ``limit`` due documents; nobody else gets them before the lease ends.

    Three round trips for a batch, one when nothing is due. ``due_at`` is judged by the business
    clock, leases by the wire clock. Of a monthly collection, that of ``month``.
    """
    table, now, wire = ctx.db(collection), ctx.now(), ctx.wire_now()
    lasts = timedelta(seconds=lease_seconds)
    if month:
        table = table.month(month)
    free = {"due_at": {"$lte": now}, "leased_until": over(wire, lasts), **(extra or {})}
    found = await table.find(free, sort=[("due_at", 1)], limit=limit, only=["_id"])
    if not found:
        return []
    keys, lease = [doc["_id"] for doc in found], ids.new("ls")
    taken = await table.change_many(
        {"_id": {"$in": keys}, **free},
        {"$set": {"lease": lease, "leased_until": wire + lasts}},
    )
    return await table.find({"_id": {"$in": keys}, "lease": lease}) if taken else []


async def side_by_side(
    work: Callable[[dict], Awaitable[None]], docs: list[dict], at_once: int = 10
) -> None:
    """Does ``work`` for each document, so that one that waits for a platform holds up few others.

    Raises:
        ExceptionGroup: some failed; the others are done.
    """
    gate = asyncio.Semaphore(at_once)

    async def one(doc: dict) -> None:
        async with gate:
            await work(doc)

    done = await asyncio.gather(*map(one, docs), return_exceptions=True)
    if errors := [result for result in done if isinstance(result, Exception)]:
        raise ExceptionGroup("some due documents failed", errors)


class Sweep(msgspec.Struct, frozen=True):
    """A round of due work: ``run`` does one bounded batch and returns how much it did.

    Args:
        every: pause when nothing was due, in units of the process's own (``WX_SWEEP_SECONDS``).
        lane: of the nudges that announce such work; critical work is looked for at once when this
            very process announces it, so that it needs no broker and no pause.
    """

    name: str
    run: Callable[[Ctx], Awaitable[int]]
    every: float = 1.0
    lane: str = ""


class Sweeper:
    """Runs sweeps side by side until stopped; one that fails is logged and tried again."""

    def __init__(self, house: House, sweeps: list[Sweep]):
        self._house = house
        self._sweeps = sweeps
        self._tasks: list[asyncio.Task] = []
        self._urgent: list[asyncio.Event] = []

    def start(self) -> None:
        self._house.nudge.near(self._hear)
        self._tasks = [asyncio.create_task(self._keep(sweep)) for sweep in self._sweeps]

    async def stop(self) -> None:
        """Stops between two batches; what was claimed is left to its lease."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _hear(self, lane: str) -> None:
        """Only what is critical is done here and now; the rest is the workers' when it comes."""
        if lane == CRITICAL:
            for called in self._urgent:
                called.set()

    async def _keep(self, sweep: Sweep) -> None:
        pause = sweep.every * self._house.settings.sweep_seconds
        called = asyncio.Event()
        if sweep.lane == CRITICAL:
            self._urgent.append(called)
        while True:
            called.clear()
            if not await self.once(sweep):
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await called.wait()

    async def once(self, sweep: Sweep) -> int:
        """One batch; 0 also when it failed."""
        ctx = self._house.ctx(None)
        log_trace.set(ctx.trace)
        try:
            done = await sweep.run(ctx)
        except Exception:
            log.exception("sweep failed", extra={"sweep": sweep.name})
            metrics.SWEEPS.labels(sweep.name, "failed").inc()
            return 0
        if done:
            metrics.SWEEPS.labels(sweep.name, "done").inc()
        return done


async def crank(house: House, sweeps: list[Sweep], rounds: int = 100) -> int:
    """Turns all sweeps, one after another and again, until as many in a row as there are have found
    nothing to do (tests, smoke, drills); how much was done.

    Errors are raised, not logged.

    Raises:
        RuntimeError: still busy after ``rounds``; two sweeps feed each other for ever.
    """
    total = idle = 0
    for sweep in islice(cycle(sweeps), rounds * len(sweeps)):
        done = await sweep.run(house.ctx(None))
        total, idle = total + done, 0 if done else idle + 1
        if idle == len(sweeps):
            return total
    raise RuntimeError("the sweeps never came to rest")
