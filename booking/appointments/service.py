"""Use cases of a patient's booking; each is in the file that its name says, or below."""

from datetime import datetime

from booking.appointments import events, expiry, seating, store
from booking.appointments.arriving import check_in
from booking.appointments.cancelling import WISHES, cancel, cancel_for, cancel_until, undo
from booking.appointments.desk import (
    ask_paid,
    code_shown,
    give_cash,
    hold_at_desk,
    show_code,
    take_cash,
)
from booking.appointments.fairness import check_account, is_hot
from booking.appointments.finding import (
    coming,
    contact,
    find,
    mine,
    numbers_taken,
    open_of,
    own,
    seated_in,
)
from booking.appointments.following import follow as follow_view
from booking.appointments.following import load as load_view
from booking.appointments.holding import begun, hold
from booking.appointments.locking import assign, lock_state, pending, refuse
from booking.appointments.locking import follow as ask_owner
from booking.appointments.locking import take as take_locked
from booking.appointments.missing import miss
from booking.appointments.model import SEATED, Appointment, from_waiting, purpose_of
from booking.appointments.moving import free_numbers, keep, let_go, move, stop
from booking.appointments.paying import accept, check_payment, order_of, order_states, pay
from booking.appointments.rescheduling import check as check_reschedule
from booking.appointments.rescheduling import reschedule
from booking.appointments.returning import hand_over, open_again
from booking.appointments.screening import screen, symptoms_asked
from booking.appointments.searching import search
from booking.appointments.seating import seat
from booking.payments import service as payments
from booking.schedules.model import Slot
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event
from wx_backend.base.sweeper import Sweep
from wx_backend.identity.accounts import service as accounts

__all__ = [
    "WISHES", "accept", "adopt", "amend", "ask_owner", "ask_paid", "assign", "begun", "cancel",
    "cancel_for", "cancel_until", "check_account", "check_in", "check_payment", "check_reschedule",
    "close_payment", "code_shown", "coming", "contact", "find", "follow_view", "free_numbers",
    "give_cash", "go_back", "hand_over", "hold", "hold_at_desk", "is_hot", "keep", "let_go",
    "load_view", "lock_state", "look_again", "make_room", "mine", "miss", "move", "numbers_taken",
    "open_again", "open_of", "order_of", "order_states", "own", "pay", "pending", "refund_over",
    "refuse", "reschedule", "returned_due", "screen", "search", "seat", "seated_in", "show_code",
    "still_held", "still_seated", "stop", "symptoms_asked", "take_cash", "take_locked",
    "tells_itself", "undo", "unwind", "unwind_cancelled",
]  # fmt: skip


async def amend(ctx: Ctx, appointment: Appointment, slot: Slot) -> bool:
    """Doctor and room become those of its slot, and the patient is told; False: too late."""
    now = {"doctor": slot.doctor, "location": slot.location}
    before = {"doctor": appointment.doctor, "location": appointment.location}
    event = events.change(ctx, events.AMENDED, appointment, **now, before=before)
    fields = {"doctor_id": slot.doctor_id, "title": slot.title, **now}
    return await store.amend(ctx, appointment, event, **fields)


async def returned_due(ctx: Ctx, limit: int = 20) -> list[Appointment]:
    """Ended bookings whose number is kept for who waits and is to be looked at now; by lease."""
    return await store.returned_due(ctx, limit)


async def go_back(ctx: Ctx, ended: Appointment) -> None:
    """The number that an ended booking kept is everybody's again."""
    await store.free_kept(ctx, ended)


async def look_again(ctx: Ctx, ended: Appointment, at: datetime) -> None:
    """Keeps the number of an ended booking until ``at`` at least."""
    await store.look_again(ctx, ended, at)


async def close_payment(ctx: Ctx, purpose: dict[str, str]) -> None:
    """The number is free again: nothing more may be paid for it.

    The attempt of a hold that was freed unasked, or opened in its last moment, is still open on
    the platform. What turns out to be paid is seated again or refunded as any late payment is.

    Raises:
        GatewayUnknown: an attempt may still be paid; ask again later.
    """
    await payments.settle(ctx, purpose)


async def unwind_cancelled(ctx: Ctx, appointment: Appointment) -> None:
    """What follows from a cancellation at once, so that the desk can give cash back; repeats are
    harmless, also of the reaction that does the same.
    """
    await payments.unwind(ctx, appointment.purpose, seating.reason_of(appointment))


async def unwind(ctx: Ctx, purpose: dict[str, str], reason: str) -> None:
    """The number is gone: whatever was paid for it goes back."""
    await payments.unwind(ctx, purpose, reason)


async def refund_over(ctx: Ctx, appointment: Appointment, reason: str) -> None:
    """What was paid beyond the fee of ``appointment`` goes back. Repeats are harmless."""
    await payments.trim(ctx, appointment.purpose, appointment.fee_fen, reason)


async def still_held(ctx: Ctx, event: Event) -> bool:
    """Whether a number that waits to be taken is still there."""
    appointment = await store.get(ctx, event.data["appointment"])
    return appointment is not None and appointment.state == "HELD"


async def tells_itself(ctx: Ctx, event: Event) -> bool:
    """What becomes of a number that the waiting list has offered is told by the list."""
    return not from_waiting(event.data["appointment"])


async def still_seated(ctx: Ctx, event: Event) -> bool:
    """Whether "you are booked" is still true: nobody is reminded of what was cancelled."""
    appointment = await store.get(ctx, event.data["appointment"])
    return appointment is not None and appointment.state in SEATED


async def adopt(ctx: Ctx, account: str, into: str) -> None:
    """The appointments of a merged account and their orders belong to the one that stays."""
    moved = await store.keys_of(ctx, account)
    await payments.adopt(ctx, [purpose_of(key) for key in moved], into)
    await store.adopt(ctx, account, into)
    await store.count_again(ctx, into)


async def give_back(ctx: Ctx, account: str, of: str) -> None:
    """What came from an account which is its own again, with the orders."""
    back = await store.keys_of(ctx, of, came_from=account)
    await payments.adopt(ctx, [purpose_of(key) for key in back], account)
    await store.give_back(ctx, account, of)
    await store.count_again(ctx, account)
    await store.count_again(ctx, of)


async def make_room(ctx: Ctx, account: str) -> None:
    """One of an account's appointments has ended: if it has more than it may have, since others
    became it, what is too many takes the limits that are free now.
    """
    if (await accounts.joined(ctx, account)).ids != {account}:
        everywhere = await ctx.across("limits of an account that others became")
        await store.count_again(everywhere, account)


async def came_from(ctx: Ctx, account: str, of: str) -> int:
    """How many appointments of the context's institution came from a merged account."""
    return len(await store.keys_of(ctx, of, came_from=account))


sweeps = [Sweep("holds", expiry.expire)]
