"""What was answered, carried out. The case decides first, in one conditional write; what follows
from it may be broken off anywhere and is then resumed by the sweep.
"""

from datetime import datetime

import msgspec

from booking.appointments import service as appointments
from booking.appointments.model import SEATED, NumberUnconfirmed
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from booking.stops import asking, events, store
from booking.stops.model import CASE, OTHER, REFUND, SAME, SETTLED_BY, Case, OfferGone
from wx_backend.base.context import Ctx


async def unscreened(ctx: Ctx, case: Case, choice: str) -> list[Slot]:
    """The slot behind a choice, where the patient has said nothing of symptoms for the number that
    is lost; two calls.
    """
    offer = case.offer(choice, ctx.now()) if case.open else None
    if offer is None or (await appointments.find(ctx, case.appointment)).no_symptoms_at:
        return []
    slot = await schedules.stored_slot(ctx, offer.slot)
    return [slot] if slot else []


async def decide(
    ctx: Ctx, case: Case, choice: str, seen: str = "", no_symptoms_at: datetime | None = None
) -> Case:
    """The first answer counts; the same answer again is answered as the first time.

    Args:
        seen: the slot that the answer was about; empty for whatever is offered now.

    Raises:
        OfferGone: the offer has lapsed, was given to others, or is another by now.
        WrongState: it was decided otherwise before.
    """
    if case.state in SETTLED_BY[choice] and case.choice == choice:
        return await carry_out(ctx, case)
    state = CASE.next(case.state, "refund" if choice == REFUND else "move")
    offer = case.offer(choice, ctx.now())
    if choice != REFUND and (offer is None or seen not in ("", offer.slot)):
        raise OfferGone()
    by = "system" if ctx.actor.kind == "system" else str(ctx.actor)
    after = msgspec.structs.replace(
        case,
        state=state,
        choice=choice,
        answered_by=by,
        answered_at=ctx.now(),
        no_symptoms_at=no_symptoms_at,
    )
    event = events.change(ctx, events.ANSWERED, case, choice=choice, by=by)
    decided = await store.change(ctx, case, after, event)
    if decided is None:
        return await decide(ctx, await store.get(ctx, case.id), choice, seen, no_symptoms_at)
    await asking.mind_the_list(ctx, case.schedule)
    done = await carry_out(ctx, decided)
    if done.state not in SETTLED_BY[choice]:
        raise OfferGone()
    return done


async def carry_out(ctx: Ctx, case: Case) -> Case:
    """What was decided becomes so; a case that is settled stays as it is."""
    if case.state == "REFUNDING":
        by = case.answered_by.partition(":")[0]
        await appointments.stop(ctx, case.appointment, "patient" if by == "account" else by)
        await appointments.let_go(ctx, case.cause(OTHER))
        return await _settled(ctx, case)
    if case.state == "MOVING":
        return await _move(ctx, case)
    return case


async def _move(ctx: Ctx, case: Case) -> Case:
    """New first, then old; a number that is gone means asking again. Until a HIS that owns the new
    one has locked it nothing changes, and no longer than until the stopped session begins.
    """
    if case.choice == SAME:
        await _keep_same(ctx, case)
    try:
        moved = await appointments.move(
            ctx, case.appointment, case.cause(case.choice), case.no_symptoms_at
        )
    except NumberUnconfirmed:
        if ctx.now() < case.deadline:
            return case
        await appointments.let_go(ctx, case.cause(case.choice))
        moved = None
    if moved is None:
        return await _failed(ctx, case)
    if case.choice == SAME:
        await appointments.let_go(ctx, case.cause(OTHER))
    return await _settled(ctx, case, moved_to=moved.id)


async def _keep_same(ctx: Ctx, case: Case) -> None:
    """A number of the replacement, if there is one: kept for a moment, then theirs."""
    slot = await schedules.stored_slot(ctx, case.same.slot)
    old = await appointments.find(ctx, case.appointment)
    if slot is None or old.state not in SEATED:
        return
    free = await appointments.free_numbers(ctx, [slot])
    await appointments.keep(ctx, old, slot, free[slot.id], case.cause(SAME), slot.starts_at)


async def _settled(ctx: Ctx, case: Case, **fields: str) -> Case:
    state = CASE.next(case.state, "done")
    after = msgspec.structs.replace(case, state=state, **fields)
    event = events.change(ctx, events.SETTLED, case, choice=case.choice)
    return await store.change(ctx, case, after, event) or await store.get(ctx, case.id)


async def _failed(ctx: Ctx, case: Case) -> Case:
    """The number was somebody else's: new offers; or the patient has given the old one back."""
    old = await appointments.find(ctx, case.appointment)
    if old.state not in SEATED:
        after = msgspec.structs.replace(case, state=CASE.next(case.state, "clear"))
        await appointments.let_go(ctx, case.cause(OTHER))
        event = events.change(ctx, events.DROPPED, case)
        return await store.change(ctx, case, after, event) or await store.get(ctx, case.id)
    await appointments.let_go(ctx, case.cause(OTHER))
    again = msgspec.structs.replace(
        case,
        state=CASE.next(case.state, "fail"),
        round=case.round + 1,
        choice="",
        answered_by="",
        answered_at=None,
        no_symptoms_at=None,
    )
    again = await asking.offered(ctx, again, old, await asking.Room.around(ctx, [old]))
    event = events.change(ctx, events.ASKED, case, **events.asked(again))
    return await store.change(ctx, case, again, event) or await store.get(ctx, case.id)
