"""One lock is worked on with the HIS until it is as wanted, or the HIS is in trouble.

What is about to be asked is written down before; whoever finds it there asks what has become of it
before anything is asked again.
"""

import logging
from datetime import datetime
from typing import Any

import msgspec

from booking.locks import events, store
from booking.locks.model import KNOWN, Lock, answered, lock_id, missing, next_call, retry_after
from booking.schedules import service as schedules
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, GatewayUnknown
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.his_numbers.port import LockMissing, LockOver, NumberTaken
from wx_backend.identity.worklist import service as worklist

log = logging.getLogger(__name__)

TASK = "his_numbers"
MANY = 8
"""After so many tries that brought nothing, a person is asked to look."""


async def work(ctx: Ctx, lock: Lock) -> None:
    """Asks until nothing is to be asked, it is put off, or somebody has changed what is wanted."""
    now: Lock | None = lock
    while now and (call := next_call(now)):
        now = await (_again(ctx, now) if call == "again" else _ask(ctx, now, call))
    if now and await store.settle(ctx, now) and now.tries >= MANY:
        await worklist.settle(ctx, TASK, now.id)


async def _ask(ctx: Ctx, lock: Lock, call: str) -> Lock | None:
    """One question and what it brought; None when this is all for now."""
    if call != "query":
        asking = await store.change(ctx, lock, asking=call)
        if asking is None:
            return await store.get(ctx, lock.id)
        lock = asking
    try:
        held = await _call(ctx, lock, call)
    except NumberTaken as taken:
        return await _taken(ctx, lock, taken)
    except LockOver:
        return await _know(ctx, lock, state=answered(lock, "RELEASED"))
    except LockMissing:
        return await _know(ctx, lock, state=missing(lock))
    except AppError as trouble:
        return await _later(ctx, lock, call, trouble)
    return await _know(ctx, lock, state=answered(lock, held))


async def _call(ctx: Ctx, lock: Lock, call: str) -> str:
    his = await institutions.his_numbers(ctx)
    if call == "lock":
        return await his.lock(lock.id, lock.appointment, lock.place, lock.expires_at)
    return await {"confirm": his.confirm, "release": his.release, "query": his.query}[call](lock.id)


async def _know(ctx: Ctx, lock: Lock, due_at: datetime | None = None, **known: Any) -> Lock | None:
    """Writes what is known now, also when somebody has changed what is wanted meanwhile."""
    fields = {"asking": "", **known}
    event = None
    if fields["state"] in KNOWN and lock.state not in KNOWN:
        event = events.change(ctx, events.LOCKED, lock)
    if fields["state"] == "REFUSED":
        event = events.change(ctx, events.REFUSED, lock, why=fields["why"])
    done = await store.change(ctx, lock, event, due_at, **fields)
    if done:
        return done
    fresh = await store.get(ctx, lock.id)
    if fresh is None or (fresh.state, fresh.asking) != (lock.state, lock.asking):
        return None  # somebody else has asked: what they know is newer
    return await _know(ctx, fresh, due_at, **known)


async def _taken(ctx: Ctx, lock: Lock, taken: NumberTaken) -> Lock | None:
    """Somebody else's: an ended appointment of ours gives it up first, or has done so while the HIS
    was answering; else it is gone.

    It is marked as the counter's before anything is told, so that nobody is offered it again.
    """
    if taken.holder not in ("", lock.id) and await store.get(ctx, taken.holder):
        await store.hurry(ctx, taken.holder)
        again = ctx.now() + retry_after(lock.tries)
        await _know(ctx, lock, again, state=lock.state, tries=lock.tries + 1)
        return None
    await schedules.at_counter(ctx, lock.place.slot, lock.place.number)
    why = str(taken.data.get("platform_code", ""))
    return await _know(ctx, lock, state="REFUSED", why=why)


async def _later(ctx: Ctx, lock: Lock, call: str, trouble: AppError) -> None:
    """No answer, or none that decides anything. Only what may have been done stays in doubt."""
    tries = lock.tries + 1
    log.warning("lock not settled", extra={"lock": lock.id, "call": call, "code": trouble.code})
    asking = lock.asking if call == "query" or isinstance(trouble, GatewayUnknown) else ""
    if tries == MANY:
        about = f"{lock.visit_date} {lock.place.department} 的号源多次未能与医院系统核对"
        await worklist.open_task(ctx, TASK, lock.id, lock.visit_date, about)
    fields = {"state": doubted(lock, asking), "tries": tries, "asking": asking}
    due_at = ctx.now() + retry_after(tries)
    if await store.change(ctx, lock, due_at=due_at, **fields) is None:
        await store.hurry(ctx, lock.id)


def doubted(lock: Lock, asking: str) -> str:
    """A lock that was asked for, and nobody knows with what outcome."""
    return "LOCK_UNKNOWN" if asking and lock.state == "LOCKING" else lock.state


async def _again(ctx: Ctx, lock: Lock) -> Lock | None:
    """What is wanted still, and over at the HIS, gets another round."""
    following = msgspec.structs.replace(
        lock,
        id=lock_id(lock.appointment, lock.round + 1),
        round=lock.round + 1,
        state="LOCKING",
        version=1,
        asking="",
        tries=0,
    )
    await store.add(ctx, following, ctx.now())
    return await store.change(ctx, lock, wanted="RELEASED")
