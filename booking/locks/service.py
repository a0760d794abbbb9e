"""Numbers that a HIS owns: what is wanted of it for each appointment, and what it has said."""

import asyncio
from datetime import datetime

import msgspec

from booking.locks import asking, comparing, store
from booking.locks.comparing import dates, differences
from booking.locks.model import KNOWN, OWNER, Lock, Wanted, lock_id
from booking.schedules.model import Slot
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import Sweep, side_by_side
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import NoChannel
from wx_backend.directory.settings import service as parameters
from wx_backend.gateways.his_numbers.port import Place

__all__ = ["ask", "dates", "differences", "owner", "owns_any", "state", "want"]

OURS, HIS = "", "HIS"
"""Who owns the numbers of a slot; what is stored of an appointment for as long as it lives."""

PATIENCE = 2.0
"""Seconds that a request waits for the HIS; whoever stays in doubt is seen to by the sweep."""

AT_ONCE = 20


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What version ``seen`` of an appointment wants of the HIS, from the moment ``due_at`` on."""

    appointment: str
    place: Place
    expires_at: datetime
    wanted: Wanted
    seen: int
    due_at: datetime

    def lock(self, inst: str, round: int) -> Lock:
        return Lock(
            id=lock_id(self.appointment, round),
            inst=inst,
            appointment=self.appointment,
            round=round,
            place=self.place,
            visit_date=self.place.visit_date,
            expires_at=self.expires_at,
            wanted=self.wanted,
            seen=self.seen,
            state="RELEASED" if self.wanted == "RELEASED" else "LOCKING",
        )


async def owner(ctx: Ctx, slot: Slot) -> str:
    """Who owns the numbers of a slot that are given out now: ``OURS`` or ``HIS``. No round trip."""
    return HIS if await parameters.resolve(ctx, OWNER, **slot.scopes) else OURS


async def owns_any(ctx: Ctx) -> bool:
    """Whether the institution has a HIS that could own numbers. No round trip of its own."""
    try:
        await institutions.channel_for(ctx, "his_numbers")
    except NoChannel:
        return False
    return True


async def want(ctx: Ctx, need: Need, mine: bool = False) -> Lock | None:
    """Writes down what is wanted; the sweep asks. Repeats, and what comes too late, change nothing.

    ``mine``: a first lock is the caller's to work on, and is returned; else None.
    """
    last = await store.latest(ctx, need.appointment)
    if last and last.seen >= need.seen:
        return None
    if last and not last.over:
        if last.place == need.place:
            await _wish(ctx, last, need, need.wanted)
            return None
        await _wish(ctx, last, need, "RELEASED")
    elif last and (need.wanted == "RELEASED" or last.state == "REFUSED"):
        return None
    lock = need.lock(ctx.institution or "", last.round + 1 if last else 1)
    await store.mind(ctx, lock.visit_date, ctx.now() + comparing.EVERY)
    if not await store.add(ctx, lock, None if lock.over else need.due_at, leased=mine):
        return await want(ctx, need)  # somebody was first: decide again
    return lock if mine else None


async def _wish(ctx: Ctx, last: Lock, need: Need, wanted: Wanted) -> None:
    if not await store.wish(ctx, last, wanted, need.seen, need.due_at):
        await want(ctx, need)


async def ask(ctx: Ctx, need: Need) -> str:
    """Asks at once, for a little while; the state then. The claim is stored before this."""
    lock = await want(ctx, need, mine=True)
    if lock:
        try:
            async with asyncio.timeout(PATIENCE):
                await asking.work(ctx, lock)
        except TimeoutError:
            await _doubt(ctx, lock.id)
    return await state(ctx, need.appointment)


async def _doubt(ctx: Ctx, key: str) -> None:
    """Nobody waits any more: the sweep takes it over."""
    lock = await store.get(ctx, key)
    if lock and not lock.over and lock.state not in KNOWN:
        doubted = asking.doubted(lock, lock.asking)
        await store.change(ctx, lock, due_at=ctx.now(), state=doubted)


async def state(ctx: Ctx, appointment: str) -> str:
    """What is known of an appointment's number: a state of ``model.LOCK``. One call."""
    last = await store.latest(ctx, appointment)
    return last.state if last else "LOCKING"


async def settle(ctx: Ctx) -> int:
    """Works on locks that are due, of all institutions; how many."""
    found = await store.due(ctx, AT_ONCE)
    await side_by_side(lambda lock: asking.work(ctx.within(lock.inst), lock), found)
    return len(found)


sweeps = [
    Sweep("number locks", settle),
    Sweep("number days", comparing.compare_due, every=5),
    Sweep("number days ahead", comparing.look_ahead, every=60),
]
