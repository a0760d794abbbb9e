"""Reconciliation (对账): our orders, the platforms' bills and the HIS's books, day by day.

A run is one document a local day; the worker does it, at night by itself, and again when somebody
asks. What people did about a difference outlives every new run.
"""

from calendar import monthrange
from datetime import date, timedelta

from booking.reconciliation import minding, reading, running, store
from booking.reconciliation.model import (
    Act,
    DayClosed,
    Difference,
    Month,
    Run,
    StillOpen,
    month_id,
    run_id,
)
from booking.reconciliation.repairing import repair
from wx_backend.base.clock import local_date, local_time
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.sweeper import Sweep
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as parameters

PLANNED = "reconciled_days"
OLDEST = timedelta(days=90)
"""Platforms keep bills for three months."""
CAUGHT_UP = 31
"""Days at most that are planned at once, when no worker has been there to plan them."""

__all__ = [
    "ask", "cancel", "close_day", "close_month", "difference", "differences", "month", "reopen_day",
    "reopen_month", "repair", "run", "runs", "sweeps",
]  # fmt: skip


# --- what is read --------------------------------------------------------------------------------


async def runs(ctx: Ctx, month: str) -> list[Run]:
    """Runs of a month as 2026-11, by day."""
    return await store.runs(ctx, month)


async def month(ctx: Ctx, month: str) -> Month | None:
    """The closing of a month; None: it is open."""
    return await store.month(ctx, month)


async def run(ctx: Ctx, day: date) -> Run:
    """The run of a day. Raises NotFound."""
    found = await store.get(ctx, run_id(ctx.institution or "", day))
    if found is None:
        raise NotFound("这一天还没有对账")
    return found


async def differences(ctx: Ctx, day: date) -> list[Difference]:
    """Of a day: open ones first."""
    found = await store.differences(ctx, day.isoformat())
    return sorted(found, key=lambda one: (one.state != "OPEN", one.kind, one.at))


async def difference(ctx: Ctx, key: str) -> Difference:
    """One difference. Raises NotFound."""
    found = await store.difference(ctx, key)
    if found is None:
        raise NotFound("没有找到这条差异")
    return found


# --- what people do ------------------------------------------------------------------------------


async def ask(ctx: Ctx, day: date) -> Run:
    """Has the day reconciled, again when it was before; audited.

    Raises:
        Invalid: the day is not over, or too long ago.
        DayClosed, WrongState.
    """
    today = local_date(ctx.now())
    if not today - OLDEST <= day < today:
        raise Invalid(fields={"day": "只能对三个月内、已经过完的日期"})
    await ctx.house.audit.record(ctx, "reconciliation:run:asked", day.isoformat())
    did = _did(ctx, "ask")
    fresh = _new(ctx, day, ctx.actor.id, did)
    if await store.add(ctx, fresh):
        return fresh
    before = await run(ctx, day)
    if before.state == "CLOSED":
        raise DayClosed()
    begins = {"by": ctx.actor.id, "asked_at": ctx.now(), "tries": 0, "reason": ""}
    return _done(await store.act(ctx, before, "ask", due=True, did=did, **begins))


async def cancel(ctx: Ctx, day: date) -> Run:
    """Stops a run that waits or is under way; nothing of it is kept. Raises NotFound, WrongState"""
    before = await run(ctx, day)
    await ctx.house.audit.record(ctx, "reconciliation:run:cancelled", before.day)
    did = _did(ctx, "cancel")
    return _done(await store.act(ctx, before, "cancel", did=did, ended_at=ctx.now()))


async def close_day(ctx: Ctx, day: date) -> Run:
    """The day's books stay as they are. Raises NotFound, WrongState, StillOpen."""
    before = await run(ctx, day)
    if before.open:
        raise StillOpen()
    await ctx.house.audit.record(ctx, "reconciliation:day:closed", before.day)
    did = _did(ctx, "close")
    closed = _done(await store.act(ctx, before, "close", did=did, closed_by=ctx.actor.id))
    await minding.compared(ctx, closed.day, 0)
    return closed


async def reopen_day(ctx: Ctx, day: date, why: str) -> Run:
    """A closed day may be run and repaired again. Raises NotFound, WrongState, DayClosed: the month
    is closed.
    """
    before = await run(ctx, day)
    if await month(ctx, before.day[:7]):
        raise DayClosed("该月已结账，须先反结月")
    await ctx.house.audit.record(ctx, "reconciliation:day:reopened", before.day, why=why)
    did = _did(ctx, "reopen", why)
    return _done(await store.act(ctx, before, "reopen", did=did, closed_by=""))


async def close_month(ctx: Ctx, named: str) -> Month:
    """Every day of it is closed. Raises StillOpen, WrongState (it is closed)."""
    year, number = map(int, named.split("-"))
    days = monthrange(year, number)[1]
    closed = {one.day for one in await runs(ctx, named) if one.state == "CLOSED"}
    if len(closed) < days:
        raise StillOpen()
    await ctx.house.audit.record(ctx, "reconciliation:month:closed", named)
    inst = ctx.institution or ""
    made = Month(
        id=month_id(inst, named),
        inst=inst,
        month=named,
        closed_by=ctx.actor.id,
        closed_at=ctx.now(),
    )
    if not await store.close_month(ctx, made):
        raise WrongState()
    return made


async def reopen_month(ctx: Ctx, named: str, why: str) -> None:
    """Raises WrongState: it is not closed."""
    await ctx.house.audit.record(ctx, "reconciliation:month:reopened", named, why=why)
    if not await store.reopen_month(ctx, named):
        raise WrongState()


def _new(ctx: Ctx, day: date, by: str = "", *acts: Act) -> Run:
    inst, key = ctx.institution or "", run_id(ctx.institution or "", day)
    return Run(id=key, inst=inst, day=day.isoformat(), by=by, asked_at=ctx.now(), acts=acts)


def _did(ctx: Ctx, what: str, why: str = "") -> Act:
    return Act(what, ctx.now(), ctx.actor.id, why)


def _done(changed: Run | None) -> Run:
    if changed is None:
        raise WrongState()
    return changed


# --- what the worker does ------------------------------------------------------------------------


async def plan(ctx: Ctx) -> int:
    """Once the bills are there, yesterday is to be reconciled, at every institution with money on a
    platform, and the days since the last one that was; how many were planned.
    """
    made = 0
    for here in institutions.all_known(ctx.house):
        inside = ctx.within(here.id)
        local = local_time(ctx.now(), here.zone)
        day, known = local.date() - timedelta(days=1), ctx.house.views.setdefault(PLANNED, {})
        if known.get(here.id) == day:
            continue
        at = await parameters.resolve(inside, "payments.reconciled_at")
        if f"{local:%H:%M}" < str(at):
            continue
        if await reading.merchants(inside):
            for one in await _unplanned(inside, day):
                made += await store.add(inside, _new(inside, one))
        known[here.id] = day
    return made


async def _unplanned(ctx: Ctx, last: date) -> list[date]:
    """Days up to ``last`` after the newest that has a run; where there is none, only ``last``."""
    newest = await store.newest(ctx)
    count = (last - newest.on).days if newest else 1
    return [last - timedelta(days=n) for n in range(min(count, CAUGHT_UP))]


async def work_due(ctx: Ctx) -> int:
    """Runs a day that is due."""
    docs = await store.due(ctx)
    for doc in docs:
        await running.work(ctx.within(doc["inst"]), store.run_of(doc), doc["lease"])
    return len(docs)


sweeps = [Sweep("reconciliation plan", plan, every=30), Sweep("reconciliation", work_due)]
