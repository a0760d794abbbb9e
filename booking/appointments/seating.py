"""What money does: a hold that is paid is booked; money that comes too late seats the patient
again, or goes back.
"""

from booking.appointments import events, past, store
from booking.appointments.claims import limit_rows
from booking.appointments.limits import Limits
from booking.appointments.model import (
    CLINIC_STOPPED,
    GIVEN_BACK,
    GONE_AT_COUNTER,
    HOSPITAL_CANCELLED,
    LIFE,
    NO_PLACE_LEFT,
    PATIENT_GAVE_UP,
    Appointment,
    LimitReached,
)
from booking.payments import service as payments
from booking.schedules import service as schedules
from booking.schedules.model import EVERYBODY, Slot, SlotClosed, SlotFull
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound

ENDED_BY = {"his": GONE_AT_COUNTER, "hospital": HOSPITAL_CANCELLED}


async def seat(ctx: Ctx, purpose: dict[str, str]) -> None:
    """The order of this purpose has been paid: whatever follows for the appointment."""
    appointment = await store.get(ctx, purpose["id"])
    if appointment is None:
        raise NotFound(appointment=purpose["id"])
    if appointment.state == "HELD":
        event = events.change(ctx, events.BOOKED, appointment)
        if not await store.advance(ctx, appointment, LIFE.next("HELD", "seat"), event):
            await seat(ctx, purpose)  # somebody was first: decide again on what it is now
    elif appointment.state == "EXPIRED" and appointment.rescue is None:
        await _rescue(ctx, appointment)
    elif appointment.state in GIVEN_BACK:
        await payments.unwind(ctx, purpose, reason_of(appointment))


def reason_of(ended: Appointment) -> str:
    """Why money for an appointment that has ended goes back, as the patient reads it."""
    if ended.state == "STOPPED":
        return CLINIC_STOPPED
    if ended.ended_by in ENDED_BY:
        return ENDED_BY[ended.ended_by]
    return NO_PLACE_LEFT if ended.rescue else PATIENT_GAVE_UP


async def _rescue(ctx: Ctx, expired: Appointment) -> None:
    """The same slot if it has a number, else the money goes back; the patient is told which."""
    try:
        await _reclaim(ctx, expired)
    except (SlotClosed, SlotFull, LimitReached) as refusal:
        refund = {"refund_fen": expired.fee_fen, "why": refusal.code}
        event = events.change(ctx, events.UNSEATED, expired, **refund)
        await store.amend(ctx, expired, event, rescue="refund")


async def _reclaim(ctx: Ctx, expired: Appointment) -> None:
    """Claims its old number if free, else another of its slot.

    Asks the database alone, so that it works in a process without a view. Nothing is done when
    somebody changed the appointment first.

    Raises:
        SlotClosed: gone, closed or already begun.
        SlotFull: no number is left.
        LimitReached: the person has other numbers by now.
    """
    slot = await schedules.stored_slot(ctx, expired.slot)
    if slot is None:
        raise SlotClosed()
    slot.check_open(ctx.now())
    limits = Limits(expired, await limit_rows(ctx, expired, slot))
    numbers = await _numbers_for(ctx, expired, slot)
    while numbers:
        try:
            await _seat(ctx, expired, numbers[0], slot.serial(numbers[0]), limits.keys())
        except Duplicate as taken:
            if taken.field == store.PLACE:
                numbers.pop(0)
            else:
                await past.advance(ctx, limits, taken.value)
        else:
            return
    raise SlotFull()


async def _numbers_for(ctx: Ctx, expired: Appointment, slot: Slot) -> list[int]:
    """The numbers of the slot that are free for everybody; the appointment's own old one first."""
    taken = {place["number"] for place in await store.places_taken(ctx, [slot.id])}
    if expired.returns_at:
        taken.discard(expired.number)  # it is the one that still keeps it
    offered = slot.offered(EVERYBODY, ctx.now())
    free = [n for n in range(1, slot.capacity + 1) if n not in taken and offered >> (n - 1) & 1]
    return sorted(free, key=lambda number: number != expired.number)


async def _seat(
    ctx: Ctx, expired: Appointment, number: int, serial: str, limits: list[str]
) -> None:
    """Raises Duplicate of ``slot+number`` or ``limits``."""
    moved = number != expired.number
    event = events.change(ctx, events.RESEATED, expired, serial=serial, moved=moved)
    become = "moved" if moved else "seated"
    await store.seat_again(ctx, expired, number, limits, event, serial=serial, rescue=become)
