"""A booking becomes another one: the new number is the patient's and the old one goes back, in one
transaction.
"""

from typing import Any

import msgspec

from booking.appointments import claims, events, following, moving, past, returning, store
from booking.appointments.limits import Limits
from booking.appointments.model import LIFE, Appointment
from booking.schedules.model import Slot
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, WrongState
from wx_backend.base.events import happened


async def at_once(
    ctx: Ctx,
    old: Appointment,
    draft: Appointment,
    slot: Slot,
    limits: Limits,
    pools: frozenset[str],
) -> Appointment:
    """The new number is claimed within the change.

    Raises:
        WrongState: the old one is not booked any more; and what ``claims.place`` raises.
    """

    async def write(new: Appointment, keys: list[str]) -> None:
        async def both(transaction: Any) -> Appointment:
            ended = await _end(ctx, old, new, transaction)
            facts = new.facts(**_about(old, new))
            told = happened(ctx, events.REBOOKED, new.id, new.version, **facts)
            await store.claim_for(ctx, transaction, new, keys, [told])
            return ended

        _done(ctx, await ctx.house.db.together(both))

    return await claims.place(ctx, draft, slot, limits, pools, write)


async def with_kept(
    ctx: Ctx, old: Appointment, kept: Appointment, draft: Appointment, limits: Limits
) -> Appointment:
    """The new number is one that is kept and sure; it is let go when the change cannot be.

    Raises:
        WrongState: one of the two has become something else.
        LimitReached: the patient has other numbers.
    """
    new = msgspec.structs.replace(kept, account=draft.account)
    mine = {name: getattr(draft, name) for name in ("account", "paid_with", "moves")}

    async def both(transaction: Any) -> tuple[Appointment, Appointment]:
        ended = await _end(ctx, old, new, transaction)
        told = events.change(ctx, events.REBOOKED, new, **_about(old, new))
        seat, keys = LIFE.next(kept.state, "seat"), limits.keys()
        made = await store.advance(
            ctx, kept, seat, told, transaction, **mine, kept_for="", limits=keys
        )
        if made is None:
            raise WrongState()
        return ended, made

    try:
        while True:
            try:
                ended, made = await ctx.house.db.together(both)
            except Duplicate as taken:
                await past.advance(ctx, limits, taken.value)
            else:
                _done(ctx, ended)
                return made
    except AppError:
        await moving.let_go(ctx, kept.kept_for)
        raise


async def _end(ctx: Ctx, old: Appointment, new: Appointment, transaction: Any) -> Appointment:
    """Raises WrongState when somebody was first."""
    event = events.change(ctx, events.RESCHEDULED, old, into=new.id)
    state = LIFE.next(old.state, "reschedule")
    fields = {"ended_by": "patient", "moved_to": new.id}
    ended = await returning.give_back(ctx, old, state, event, transaction, **fields)
    if ended is None:
        raise WrongState()
    return ended


def _about(old: Appointment, new: Appointment) -> dict[str, Any]:
    """What is told of the exchange besides the new number."""
    before = {"doctor": old.doctor, "starts_at": old.starts_at}
    return {"before": before, "refund_fen": old.fee_fen - new.fee_fen}


def _done(ctx: Ctx, ended: Appointment) -> None:
    ctx.house.nudge()
    if not ended.returns_at:
        following.freed(ctx, ended)
