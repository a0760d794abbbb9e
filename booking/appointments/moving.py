"""Another place for who has one: the new one is kept first, then exchanged for the old one.

A kept place is a HELD appointment that is in nobody's list: nobody pays for it, its patient may
take it, once, until its time is over; then the sweep of holds frees it as any other. One that a HIS
owns is exchanged when the HIS has locked it.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec

from booking.appointments import claims, events, finding, locking, returning, store
from booking.appointments.limits import kept_limits
from booking.appointments.model import LIFE, SEATED, Appointment, NumberUnconfirmed, place_in
from booking.locks import service as locks
from booking.schedules.model import EVERYBODY, Slot
from wx_backend.base import ids
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState


def kept_id(cause: str) -> str:
    """The place kept for a cause: the same one, however often it is asked for."""
    return ids.derive("apt", "kept", cause)


async def free_numbers(ctx: Ctx, slots: list[Slot]) -> dict[str, list[int]]:
    """By slot, the numbers that are free to everybody, as stored; one call.

    Nothing of what is closed or has begun.
    """
    now = ctx.now()
    taken = {
        (place["slot"], place["number"])
        for place in await store.places_taken(ctx, [slot.id for slot in slots])
    }
    return {
        slot.id: [
            number
            for number in range(1, slot.capacity + 1)
            if slot.offered(EVERYBODY, now) >> (number - 1) & 1 and (slot.id, number) not in taken
        ]
        if slot.state == "OPEN" and slot.starts_at > now
        else []
        for slot in slots
    }


async def keep(
    ctx: Ctx, old: Appointment, slot: Slot, numbers: list[int], cause: str, until: datetime
) -> Appointment | None:
    """A real place, HELD until ``until`` for the patient of ``old``; the same cause, the same one.

    None: no number of ``numbers`` is free any more, or this cause's place has been let go.

    Takes what it uses, or finds used, out of ``numbers``.
    """
    source = await locks.owner(ctx, slot)
    draft = msgspec.structs.replace(_draft(ctx, old, slot, cause, until), source=source)
    while numbers:
        number = numbers.pop(0)
        kept = msgspec.structs.replace(draft, number=number, serial=slot.serial(number))
        try:
            await store.claim(ctx, kept, kept_limits(kept), claims.told(ctx, kept))
        except Duplicate as taken:
            if taken.field != store.PLACE:
                return await _kept(ctx, draft.id)
        else:
            return kept
    return await _kept(ctx, draft.id)


async def _kept(ctx: Ctx, key: str) -> Appointment | None:
    """What an earlier run has kept, while it is kept."""
    found = await store.get(ctx, key)
    return found if found and found.state == "HELD" else None


def _draft(ctx: Ctx, old: Appointment, slot: Slot, cause: str, until: datetime) -> Appointment:
    key = kept_id(cause)
    return msgspec.structs.replace(
        old,
        **place_in(slot),
        id=key,
        state="HELD",
        version=1,
        account="",
        expires_at=min(until, slot.starts_at),
        request=cause,
        key=key,
        created_at=ctx.now(),
        ended_by=None,
        rescue=None,
        paid_with="",
        kept_for=cause,
    )


async def move(
    ctx: Ctx, old_id: str, cause: str, no_symptoms_at: datetime | None = None
) -> Appointment | None:
    """The place kept for ``cause`` becomes the patient's and the old one is given back, in one
    change: there is no moment in which giving one of them back would leave the other.

    May be repeated. ``no_symptoms_at``: when the patient declared to have none, where it was asked
    for the new one and not for the old one. None: it is not kept any more, or the old appointment
    has ended otherwise meanwhile.

    Raises:
        NumberUnconfirmed: a HIS owns the place, and has not said (yet) that it is to be had.
    """
    old, new = await finding.find(ctx, old_id), await store.get(ctx, kept_id(cause))
    if new is None:
        return None
    if new.state != "HELD":
        return new if new.state in SEATED and old.moved_to == new.id else None
    if old.state not in LIFE.sources("reschedule"):
        await _release(ctx, new)
        return None
    sure = await locking.begin(ctx, new)
    if sure.state == "HELD":
        if await locking.pending(ctx, sure):
            raise NumberUnconfirmed()
        said = {"no_symptoms_at": no_symptoms_at} if no_symptoms_at else {}
        await _exchange(ctx, old, sure, **said)
    return await move(ctx, old_id, cause, no_symptoms_at)


async def _exchange(ctx: Ctx, old: Appointment, new: Appointment, **said: datetime) -> None:
    """The kept place is the patient's, paid with the order of the old one, whose number goes back.
    Nothing when somebody was first.
    """
    mine = msgspec.structs.replace(new, account=old.account)
    before = {"doctor": old.doctor, "starts_at": old.starts_at}
    moved = events.change(ctx, events.MOVED, mine, before=before)
    ended = events.change(ctx, events.RESCHEDULED, old, into=new.id)
    paid = {"account": old.account, "paid_with": old.purpose["id"], **said}
    given_up = {"ended_by": "hospital", "moved_to": new.id}

    async def both(transaction: Any) -> None:
        seat, leave = LIFE.next("HELD", "seat"), LIFE.next(old.state, "reschedule")
        taken = await store.advance(ctx, new, seat, moved, transaction, **paid)
        if not taken or not await returning.give_back(
            ctx, old, leave, ended, transaction, **given_up
        ):
            raise WrongState()

    with suppress(WrongState):
        await ctx.house.db.together(both)
        ctx.house.nudge()


async def let_go(ctx: Ctx, cause: str) -> None:
    """The place kept for ``cause`` is free again, unless it was taken; repeats are harmless."""
    kept = await _kept(ctx, kept_id(cause))
    if kept and await _release(ctx, kept) is None:
        await let_go(ctx, cause)


async def _release(ctx: Ctx, kept: Appointment) -> Appointment | None:
    """The place is free again, and nobody is told; None when somebody was first."""
    event = events.change(ctx, events.RELEASED, kept, kept_for=kept.kept_for)
    state = "EXPIRED" if kept.state == "HELD" else LIFE.next(kept.state, "cancel")
    return await returning.give_back(ctx, kept, state, event, ended_by="system")


async def stop(ctx: Ctx, appointment_id: str, by: str) -> Appointment:
    """Its clinic does not take place: STOPPED, and what was paid goes back; repeats are harmless.

    What has ended otherwise stays as it is.
    """
    found = await finding.find(ctx, appointment_id)
    if found.state not in LIFE.sources("stop"):
        return found
    refund = 0 if found.state == "HELD" else found.fee_fen
    event = events.change(ctx, events.STOPPED, found, refund_fen=refund, by=by)
    state = LIFE.next(found.state, "stop")
    ended = await returning.give_back(ctx, found, state, event, ended_by="hospital")
    return ended or await stop(ctx, appointment_id, by)
