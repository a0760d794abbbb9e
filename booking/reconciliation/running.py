"""One run of a day: read the three sides, find what does not agree, explain what can be.

Ours are read first; the other sides pass by. What is left over is few: it alone is looked up on
other days. A run that dies is taken over when its lease ends and begins anew; nothing is written
before the last step, and that replaces what was found before.
"""

import logging
from collections import Counter
from datetime import timedelta

from booking.postings import service as postings
from booking.reconciliation import explaining, minding, reading, store
from booking.reconciliation.explaining import Explained
from booking.reconciliation.matching import HIS, LATE, PAID, PLATFORM, Book, Finding, Sum
from booking.reconciliation.model import (
    DIFFERENCE,
    Difference,
    Funds,
    Progress,
    Run,
    TooMany,
    difference_id,
    line_of,
)
from booking.reconciliation.sharing import Sharing
from wx_backend.base.clock import local_midnight
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, GatewayBusy, GatewayUnknown
from wx_backend.directory.institutions.model import Channel
from wx_backend.gateways.billing import BillBroken, BillNotReady
from wx_backend.gateways.paying import PlatformLimited

log = logging.getLogger(__name__)

MOST = 20_000
"""Differences of a day; with more, a whole side is missing and nobody could look at them."""

PASSING = (BillNotReady, BillBroken, GatewayUnknown, GatewayBusy, PlatformLimited)
"""What may be otherwise in a while."""

TRIES = 24
AGAIN = timedelta(hours=1)
"""It is tried so often, so far apart."""

SURELY = timedelta(days=2)
"""After the day began: every platform's bill of it is made (protocols.md 4.8, 5.6)."""


class Overtaken(Exception):
    """The run was cancelled, or is somebody else's by now."""


class _Work:
    """A run under way: what has been read, and the lease on which it goes on."""

    def __init__(self, ctx: Ctx, run: Run, lease: str) -> None:
        self.ctx, self.run, self.lease = ctx, run, lease
        self.book = Book()
        self.findings: list[Finding] = []
        self.progress = Progress()
        self.sharing = Sharing(ctx)
        self.merchants: dict[tuple[str, str], bool] = {}
        self.ours: dict[str, Sum] = {}
        self.theirs: dict[str, Sum] = {}
        self.others: dict[str, Sum] = {}
        self.funds: dict[str, Funds] = {}
        self.his: Sum | None = None
        self._told = ctx.wire_now()

    async def at(self, step: str) -> None:
        """The next step begins. Raises Overtaken."""
        self.progress.step = step
        await self._hold()

    async def read(self, lines: int) -> None:
        """More lines were read; told from time to time. Raises Overtaken."""
        self.progress.lines += lines
        if (self.ctx.wire_now() - self._told).total_seconds() >= 1:
            await self._hold()

    async def _hold(self) -> None:
        self._told = self.ctx.wire_now()
        if await store.hold(self.ctx, self.run, self.lease, progress=self.progress) is None:
            raise Overtaken

    def found(self, finding: Finding | None) -> None:
        if finding is None:
            return
        self.findings.append(finding)
        if len(self.findings) > MOST:
            raise TooMany()


async def work(ctx: Ctx, run: Run, lease: str) -> None:
    """Runs it to its end, whichever that is."""
    taken = await store.hold(ctx, run, lease, state="RUNNING", reason="")
    if taken is None:
        return
    try:
        await _through(_Work(ctx, taken, lease))
    except Overtaken:
        log.info("reconciliation overtaken", extra={"run": run.id})
    except PASSING as error:
        if taken.tries < TRIES:
            await store.put_off(ctx, taken, lease, ctx.now() + AGAIN, error.code)
        else:
            await _failed(ctx, taken, error)
    except AppError as error:
        await _failed(ctx, taken, error)


async def _failed(ctx: Ctx, run: Run, error: AppError) -> None:
    log.error("reconciliation failed", extra={"run": run.id, "day": run.day, "code": error.code})
    await minding.failed(ctx, run.day)
    await store.act(ctx, run, "fail", reason=error.code, ended_at=ctx.now())


async def _through(work: _Work) -> None:
    ctx, day = work.ctx, work.run.on
    await work.at("ours")
    async for portion in reading.ours(ctx, day):
        for move in portion:
            work.book.add(line_of(move))
            work.ours.setdefault(move.platform, Sum()).add(move.kind, move.fen)
            merchant = (move.platform, move.merchant)
            came_in = work.merchants.get(merchant, False) or move.kind == PAID
            work.merchants[merchant] = came_in
        await work.read(len(portion))
    channels = await reading.merchants(ctx)
    for channel in channels:
        await _against_bill(work, channel)
    for one in work.book.unmet(PLATFORM, {channel.platform for channel in channels}):
        work.found(one)
    if await postings.wanted(ctx):
        await _against_his(work)
    await work.at("around")
    found = await explaining.explained(ctx, day, channels, work.findings)
    await work.at("write")
    await _write(work, found)


async def _against_bill(work: _Work, channel: Channel) -> None:
    """Raises BillNotReady also for a bill that there is not, although we had money there."""
    platform, merchant, lines = channel.platform, channel.mchid, 0
    await work.at(platform)
    work.theirs.setdefault(platform, Sum())
    async for portion in reading.billed(work.ctx, channel, work.run.on):
        unknown = [one.line for one in portion if not work.book.knows(one.line)]
        elsewhere = await work.sharing.others(merchant, unknown)
        for one in portion:
            line, here = one.line, one.line.no not in elsewhere
            if here:
                work.found(work.book.meet(PLATFORM, line))
            sums = work.theirs if here else work.others
            sums.setdefault(platform, Sum()).add(line.kind, line.fen, one.fee_fen)
        lines += len(portion)
        await work.read(len(portion))
    if not lines and _is_to_come(work, (platform, merchant)):
        raise BillNotReady()
    if moved := await reading.funds(work.ctx, channel, work.run.on):
        work.funds.setdefault(platform, Funds()).add(moved)


def _is_to_come(work: _Work, merchant: tuple[str, str]) -> bool:
    """Whether there has to be a bill, which is not there. Of a day on which nothing came in, and a
    refund arrived, there may be none: it is billed on the day that it was asked for.
    """
    if merchant not in work.merchants:
        return False
    return work.merchants[merchant] or work.ctx.now() < local_midnight(work.run.on + SURELY)


async def _against_his(work: _Work) -> None:
    await work.at(HIS)
    work.his = Sum()
    async for portion in reading.booked(work.ctx, work.run.on):
        for line in portion:
            work.found(work.book.meet(HIS, line))
            work.his.add(line.kind, line.fen)
        await work.read(len(portion))
    for one in work.book.unmet(HIS, work.ours):
        work.found(one)


async def _write(work: _Work, found: list[Explained]) -> None:
    ctx, run = work.ctx, work.run
    await store.replace_differences(ctx, run.day, [_difference(work, one) for one in found])
    await minding.compared(ctx, run.day, await store.left(ctx, run.day))
    await store.finish(
        ctx,
        run,
        work.lease,
        ours=work.ours,
        theirs=work.theirs,
        others=work.others,
        funds=work.funds,
        his=work.his,
        counts=dict(Counter(one.finding.kind for one in found)),
        progress=work.progress,
        ended_at=ctx.now(),
    )


def _difference(work: _Work, one: Explained) -> Difference:
    ctx, finding, line = work.ctx, one.finding, one.finding.line
    return Difference(
        id=difference_id(work.run.inst, work.run.day, finding),
        inst=work.run.inst,
        day=work.run.day,
        side=finding.side,
        kind=finding.kind,
        no=line.no,
        money=line.kind,
        platform=line.platform,
        fen=line.fen,
        at=line.at,
        found_at=ctx.now(),
        run=work.run.version,
        ours=finding.ours,
        theirs=finding.theirs,
        order=one.order,
        state=DIFFERENCE.next("OPEN", "explain") if finding.kind == LATE else "OPEN",
    )
