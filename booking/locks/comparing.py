"""Each day with numbers of a HIS is compared with the HIS's own list, and differences are mended.

What is there and not here is given back after asking, what is here and not there is asked for
again; what is seen twice running is a person's to look at.
"""

import logging
from datetime import date, timedelta

from booking.locks import store
from booking.locks.asking import TASK
from booking.locks.differences import compare
from booking.locks.model import LOCK, OWNER, WORDS, Difference
from booking.schedules import service as schedules
from booking.schedules.model import COUNTER
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError
from wx_backend.base.sweeper import side_by_side
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as parameters
from wx_backend.gateways.his_numbers.port import LockMissing
from wx_backend.identity.worklist import service as worklist

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=10)
AT_ONCE = 5


async def dates(ctx: Ctx) -> list[date]:
    """From today on, those that are compared: with a lock of ours or with slots."""
    known = await store.days(ctx, ctx.today().isoformat())
    return [date.fromisoformat(one) for one in sorted({*known, *await _ahead(ctx)})]


async def _ahead(ctx: Ctx) -> list[str]:
    """Dates that have slots, where a HIS owns any numbers: its counter gives them out as well."""
    values = await parameters.values(ctx)
    owned = any(name == OWNER and value for (name, _, _), value in values.items())
    return await schedules.dates(ctx, ctx.today()) if owned else []


async def look_ahead(ctx: Ctx) -> int:
    """Every date of slots that a HIS gives out too is compared from now on, in all institutions,
    whether anybody has booked or not; how many are new.
    """
    known = institutions.all_known(ctx.house)
    return sum([await _look_ahead(ctx.within(one.id)) for one in known])


async def _look_ahead(ctx: Ctx) -> int:
    ahead = await _ahead(ctx)
    if not ahead:
        return 0
    fresh = set(ahead) - set(await store.days(ctx, ahead[0]))
    for day in sorted(fresh):
        await store.mind(ctx, day, ctx.now())
    return len(fresh)


async def differences(ctx: Ctx, on: date) -> list[Difference]:
    """Where the HIS's list of a visit date and ours do not agree, now.

    Ours is read first: what changes meanwhile is looked at again before it is mended.

    Raises:
        NoChannel, ChannelUnusable, GatewayUnknown, GatewayBusy, GatewayRefused.
    """
    locks = await store.of_day(ctx, on.isoformat())
    slots = await schedules.of_date(ctx, on)
    counter = frozenset(
        (slot.id, pool.first) for slot in slots for pool in slot.pools if pool.name == COUNTER
    )
    listed = await (await institutions.his_numbers(ctx)).day(on)
    return compare(locks, [slot.id for slot in slots], counter, listed)


async def compare_due(ctx: Ctx) -> int:
    """Compares the days that are due, of all institutions; how many."""
    found = await store.days_due(ctx, AT_ONCE)
    await side_by_side(lambda day: _compare(ctx.within(day.inst), day), found)
    return len(found)


async def _compare(ctx: Ctx, day: store.Day) -> None:
    on = date.fromisoformat(day.visit_date)
    again = ctx.now() + EVERY if on >= ctx.today() else None
    try:
        found = await differences(ctx, on)
        for one in found:
            await _mend(ctx, one)
    except AppError as trouble:
        log.warning("day not compared", extra={"date": day.visit_date, "code": trouble.code})
        await store.compared(ctx, day, list(day.causes), again)
        return
    causes = {one.cause: one for one in found}
    for cause in causes.keys() & set(day.causes):
        about = f"{day.visit_date}：{WORDS[causes[cause].what]}"
        await worklist.open_task(ctx, TASK, cause, day.visit_date, about)
    for cause in set(day.causes) - causes.keys():
        await worklist.settle(ctx, TASK, cause)
    await store.compared(ctx, day, sorted(causes), again)


async def _mend(ctx: Ctx, one: Difference) -> None:
    """What the house can put right by itself; harmless when it is right already. A slot that only
    the HIS knows is for people.
    """
    if one.what == "counter_unknown":
        await schedules.at_counter(ctx, one.slot, one.number)
    elif one.what == "counter_gone":
        await schedules.at_counter(ctx, one.slot, one.number, back=True)
    elif one.what == "there_only":
        await _give_back(ctx, one.lock)
    elif one.what == "here_only":
        await _ask_anew(ctx, one.lock, "miss")
    elif one.what == "unconfirmed":
        await _ask_anew(ctx, one.lock, "lock")


async def _give_back(ctx: Ctx, key: str) -> None:
    """The HIS keeps a number for nobody of ours."""
    lock = await store.get(ctx, key)
    if lock and not lock.over:
        await store.hurry(ctx, key)
        return
    his = await institutions.his_numbers(ctx)
    try:
        held = await his.query(key)
    except LockMissing:
        return
    if held != "RELEASED":
        await his.release(key)


async def _ask_anew(ctx: Ctx, key: str, action: str) -> None:
    """The HIS does not know what it had said: it is told once more."""
    lock = await store.get(ctx, key)
    if lock and not lock.over and not lock.asking:
        state = LOCK.next(lock.state, action)
        await store.change(ctx, lock, due_at=ctx.now(), state=state)
