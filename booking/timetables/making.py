"""Numbers made for who asked for it at the console: date by date, by whoever has the lease.

A process that dies leaves a lease that ends by itself; the next one goes on with the date that was
begun, which may be made twice. Whoever cancels it takes the lease away: what was made stays, each
session as the timetable says, and the dates after it are as they were.
"""

import logging
from datetime import date, timedelta

from booking.timetables import carrying, store
from booking.timetables.generation import Outlook
from booking.timetables.model import Making, MakingUnderWay
from booking.timetables.rules import check_span
from wx_backend.base import ids
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import NotFound, WrongState

log = logging.getLogger(__name__)

MOST_TRIES = 5
"""A date that was begun so often and never done is not begun again."""

DAY = timedelta(days=1)
SLOTS = ("new", "changed", "kept")


async def ask(ctx: Ctx, last: date, line: str, redo: bool) -> Making:
    """See ``service.ask_making``."""
    first = ctx.today()
    check_span(first, last)
    asked = Making(
        id=ids.new("mak"),
        inst=ctx.institution or "",
        first=first.isoformat(),
        last=last.isoformat(),
        line=line,
        redo=redo,
        by=ctx.actor.id,
        asked_at=ctx.now(),
        next=first.isoformat(),
    )
    if not await store.add_making(ctx, asked):
        open_one = await store.open_making(ctx)
        raise MakingUnderWay(making=open_one.id if open_one else "")
    told = {"first": asked.first, "last": asked.last, "line": line, "redo": redo}
    await ctx.house.audit.record(ctx, "timetable:making:asked", asked.id, **told)
    return asked


async def get(ctx: Ctx, key: str) -> Making:
    """Raises NotFound."""
    found = await store.making(ctx, key)
    if found is None:
        raise NotFound("没有找到这次生成")
    return found


async def cancel(ctx: Ctx, key: str) -> Making:
    """See ``service.cancel_making``."""
    before = await get(ctx, key)
    ended = await store.end_making(ctx, before, "cancel")
    if ended is None:
        raise WrongState()
    await ctx.house.audit.record(ctx, "timetable:making:cancelled", key, **_said(ended))
    return ended


async def work_due(ctx: Ctx) -> int:
    """One that is due, to its end; how many."""
    docs = await store.due_making(ctx)
    for doc in docs:
        asked = store.making_of(doc)
        acting = ctx.within(asked.inst).acting_as(Actor("staff", asked.by))
        await _work(acting, asked, doc["lease"])
    return len(docs)


async def _work(ctx: Ctx, one: Making, lease: str) -> None:
    taken = await store.hold(ctx, one, lease, {"tries": 1}, state="RUNNING")
    while taken and taken.next <= taken.last:
        if taken.tries > MOST_TRIES:
            log.error("numbers not made", extra={"making": taken.id, "date": taken.next})
            await store.end_making(ctx, taken, "fail")
            return
        day = date.fromisoformat(taken.next)
        done = await carrying.generate(ctx, day, day, taken.line, taken.redo)
        after = (day + DAY).isoformat()
        taken = await store.hold(ctx, taken, lease, _counts(done), next=after, tries=1)
        await carrying.rest(done)
    if taken:
        await ctx.house.audit.record(ctx, "timetable:making:done", taken.id, **_said(taken))
        await store.end_making(ctx, taken, "finish")


def _counts(done: Outlook) -> dict[str, int]:
    return {**{what: done.count(what) for what in SLOTS}, "left": done.left}


def _said(one: Making) -> dict[str, int]:
    return {what: getattr(one, what) for what in (*SLOTS, "left")}
