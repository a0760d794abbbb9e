"""Use cases of a patient's booking, read top to bottom: hold, pay, seat, cancel, expire."""

from collections.abc import Iterable
from datetime import date, datetime

from booking.appointments import (
    claims,
    events,
    expiry,
    following,
    moving,
    returning,
    seating,
    store,
)
from booking.appointments.model import (
    LIFE,
    SEATED,
    Appointment,
    CancelTooLate,
    Given,
    Hold,
    HoldExpired,
    Page,
    cancel_deadline,
    check_age,
    from_waiting,
    purpose_of,
    read_cursor,
    write_cursor,
)
from booking.appointments.returning import Also
from booking.payments import service as payments
from booking.payments.model import Order, OrderSpec, Ticket
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, NotFound, WrongState
from wx_backend.base.events import Event
from wx_backend.base.sweeper import Sweep
from wx_backend.directory.departments import service as departments
from wx_backend.directory.settings import service as parameters
from wx_backend.identity.patients import access as patients


async def hold(ctx: Ctx, command: Hold, key: str) -> Appointment:
    """Keeps a number for a patient until ``expires_at``; a repeat is answered as the first time.

    Two shared round trips; a repeat or a refusal costs one more.

    Raises:
        NotFound: no such slot here, or the patient is not this account's.
        SlotClosed, SlotNotOpenYet, NextDayClosed, SameDayClosed: it cannot be booked now.
        AgeNotSeen, SlotFull, LimitReached, SameKeyOtherBody.
    """
    slot = schedules.open_slot(ctx, command.slot)
    binding = await patients.may_book(ctx, command.patient)
    age = binding.age(date.fromisoformat(slot.visit_date))
    try:
        await _check(ctx, slot, age)
        pools = await schedules.pools_for(ctx, slot, command.patient, age)
        return await claims.claim(ctx, command, key, slot, binding.display, pools)
    except AppError as refusal:
        if before := await claims.made_before(ctx, command, key):
            return before
        raise refusal


async def _check(ctx: Ctx, slot: Slot, age: int) -> None:
    """Raises what ``schedules.check_open`` raises, or AgeNotSeen."""
    schedules.check_open(ctx, slot)
    unit = await departments.department(ctx, slot.department_id)
    check_age(age, unit.min_age, unit.max_age)


async def begun(ctx: Ctx, command: Hold) -> Appointment | None:
    """The account's own hold of this very slot for this patient, which may still be paid."""
    for one in await coming(ctx, limit=50):
        wanted = (one.slot, one.patient_id) == (command.slot, command.patient)
        if wanted and one.state == "HELD":
            return one
    return None


async def own(ctx: Ctx, appointment_id: str) -> Appointment:
    """The account's own appointment. Raises NotFound for anybody else's."""
    appointment = await store.get(ctx, appointment_id)
    if appointment is None or appointment.account != ctx.actor.id:
        raise NotFound("没有找到这个预约")
    return appointment


async def mine(
    ctx: Ctx, cursor: str = "", limit: int = 20, states: Iterable[str] | None = None
) -> Page:
    """The account's appointments, latest visit first; ``cursor`` is that of the page before.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    before = read_cursor(cursor) if cursor else None
    found = await store.of_account(ctx, ctx.actor.id, limit + 1, before, states)
    more = len(found) > limit
    return Page(found[:limit], write_cursor(found[limit - 1]) if more else "")


async def coming(ctx: Ctx, limit: int = 3) -> list[Appointment]:
    """The account's next visits: numbers it owns, and holds that may still be paid."""
    found = await store.coming(ctx, ctx.actor.id, SEATED, ctx.now(), limit)
    return [one for one in found if one.state != "HELD" or one.expires_at > ctx.now()]


async def seated_in(ctx: Ctx, slots: Iterable[str]) -> list[Appointment]:
    """For staff: who owns a number in these slots, by start and number; one call."""
    return await store.seated(ctx, slots)


async def amend(ctx: Ctx, appointment: Appointment, slot: Slot) -> bool:
    """Doctor and room become those of its slot, and the patient is told; False: too late."""
    now = {"doctor": slot.doctor, "location": slot.location}
    before = {"doctor": appointment.doctor, "location": appointment.location}
    event = events.change(ctx, events.AMENDED, appointment, **now, before=before)
    fields = {"doctor_id": slot.doctor_id, "title": slot.title, **now}
    return await store.amend(ctx, appointment, event, **fields)


async def order_states(ctx: Ctx, appointments: list[Appointment]) -> dict[str, str]:
    """Order states by appointment id; one call."""
    states = await payments.states(ctx, [one.purpose for one in appointments])
    known = {one.id: states.get(one.purpose["id"]) for one in appointments}
    return {key: state for key, state in known.items() if state}


async def pay(ctx: Ctx, appointment_id: str, method: str, client_ip: str) -> Ticket:
    """Opens payment of a held number. No outside call happens inside the claim.

    Raises:
        HoldExpired, WrongState, and what ``payments.open`` raises.
    """
    appointment = await own(ctx, appointment_id)
    if appointment.state == "EXPIRED" or (
        appointment.state == "HELD" and appointment.expires_at <= ctx.now()
    ):
        raise HoldExpired()
    if appointment.state != "HELD":
        raise WrongState(state=appointment.state)
    return await payments.open(ctx, _order_spec(appointment), method, client_ip)


def _order_spec(appointment: Appointment) -> OrderSpec:
    return OrderSpec(
        purpose=appointment.purpose,
        account=appointment.account,
        title=f"{appointment.department} {appointment.doctor} 挂号费",
        amount_fen=appointment.fee_fen,
        expires_at=appointment.expires_at,
    )


async def order_of(ctx: Ctx, appointment: Appointment) -> Order | None:
    return await payments.find(ctx, appointment.purpose)


async def check_payment(ctx: Ctx, appointment_id: str) -> Appointment:
    """Asks the platform whether it was paid; the browser's word is never proof."""
    appointment = await own(ctx, appointment_id)
    if appointment.state in ("HELD", "EXPIRED"):
        order = await payments.check(ctx, appointment.purpose)
        if order and order.ledger().kept_fen > 0:
            await seat(ctx, appointment.purpose)
            return await own(ctx, appointment_id)
    return appointment


async def cancel_until(ctx: Ctx, appointment: Appointment | Slot) -> datetime:
    """Until when the patient may cancel (UTC), also of a slot that may be booked."""
    scope = {"department": appointment.department_id, "doctor": appointment.doctor_id}
    days = await parameters.resolve(ctx, "booking.cancel_days_before", **scope)
    until = await parameters.resolve(ctx, "booking.cancel_until", **scope)
    return cancel_deadline(appointment, days, until)


async def cancel(ctx: Ctx, appointment_id: str) -> Appointment:
    """The patient gives the number back; what was paid is refunded in full. Repeats are harmless.

    Raises:
        CancelTooLate: past the deadline for a booked number.
        WrongState: what has become of it can no longer be cancelled.
    """
    appointment = await own(ctx, appointment_id)
    if appointment.state == "CANCELLED":
        return appointment
    LIFE.next(appointment.state, "cancel")
    if appointment.state == "BOOKED":
        until = await cancel_until(ctx, appointment)
        if ctx.now() >= until:
            raise CancelTooLate(until=until)
    refund = appointment.fee_fen if appointment.state == "BOOKED" else 0
    event = events.change(ctx, events.CANCELLED, appointment, refund_fen=refund, by="patient")
    ended = await returning.give_back(ctx, appointment, "CANCELLED", event, ended_by="patient")
    if ended is None:
        return await cancel(ctx, appointment_id)  # somebody was first: decide again
    if not ended.returns_at:
        schedules.availability(ctx.house).mark(ended.slot, ended.number, False)
    return ended


async def accept(ctx: Ctx, appointment_id: str) -> Appointment:
    """The patient takes a number without a fee that was held for them. Repeats are harmless.

    Raises:
        HoldExpired, or WrongState: it is to be paid, or has ended.
    """
    appointment = await own(ctx, appointment_id)
    if appointment.state == "BOOKED":
        return appointment
    if appointment.state == "EXPIRED" or (
        appointment.state == "HELD" and appointment.expires_at <= ctx.now()
    ):
        raise HoldExpired()
    if appointment.fee_fen:
        raise WrongState(state=appointment.state)
    event = events.change(ctx, events.BOOKED, appointment)
    seated = await store.advance(ctx, appointment, LIFE.next(appointment.state, "seat"), event)
    return seated or await accept(ctx, appointment_id)  # somebody was first: decide again


async def returned_due(ctx: Ctx, limit: int = 20) -> list[Appointment]:
    """Ended bookings whose number is kept for who waits and is to be looked at now; by lease."""
    return await store.returned_due(ctx, limit)


async def go_back(ctx: Ctx, ended: Appointment) -> None:
    """The number that an ended booking kept is everybody's again."""
    await store.free_kept(ctx, ended)


async def look_again(ctx: Ctx, ended: Appointment, at: datetime) -> None:
    """Keeps the number of an ended booking until ``at`` at least."""
    await store.look_again(ctx, ended, at)


async def hand_over(
    ctx: Ctx, given: Given, slot: Slot, returned: Appointment | None, also: Also
) -> Appointment | None:
    """A number for an actor who has waited for it: see ``returning.hand_over``."""
    return await returning.hand_over(ctx, given, slot, returned, also)


def id_given(ctx: Ctx, given: Given, slot: Slot) -> str:
    """The id of the appointment that ``hand_over`` makes."""
    return returning.id_given(ctx, given, slot)


async def numbers_taken(ctx: Ctx, slots: Iterable[str]) -> list[tuple[str, int]]:
    """(slot, number) of what somebody owns in these slots; one call."""
    return [(one["slot"], one["number"]) for one in await store.places_taken(ctx, list(slots))]


async def seat(ctx: Ctx, purpose: dict[str, str]) -> None:
    """Its order has been paid: HELD is booked, an expired one is seated again or refunded."""
    await seating.seat(ctx, purpose)


async def close_payment(ctx: Ctx, purpose: dict[str, str]) -> None:
    """The number is free again: nothing more may be paid for it.

    The attempt of a hold that was freed unasked, or opened in its last moment, is still open on
    the platform. What turns out to be paid is seated again or refunded as any late payment is.

    Raises:
        GatewayUnknown: an attempt may still be paid; ask again later.
    """
    await payments.settle(ctx, purpose)


async def find(ctx: Ctx, appointment_id: str) -> Appointment:
    """Whoever's it is, for reactions and staff. Raises NotFound."""
    return await moving.find(ctx, appointment_id)


async def free_numbers(ctx: Ctx, slots: list[Slot]) -> dict[str, list[int]]:
    """By slot, the numbers that are free to everybody, as stored; one call."""
    return await moving.free_numbers(ctx, slots)


async def keep(
    ctx: Ctx, old: Appointment, slot: Slot, numbers: list[int], cause: str, until: datetime
) -> Appointment | None:
    """A real place, HELD until ``until`` for the patient of ``old``; the same cause, the same one.

    None: no number of ``numbers`` is free any more, or this cause's place has been let go.
    """
    return await moving.keep(ctx, old, slot, numbers, cause, until)


async def move(ctx: Ctx, old_id: str, cause: str) -> Appointment | None:
    """The place kept for ``cause`` becomes the patient's, then the old one is given back.

    May be broken off anywhere and repeated. None: it is not kept any more, or the old appointment
    has ended otherwise meanwhile.
    """
    return await moving.move(ctx, old_id, cause)


async def let_go(ctx: Ctx, cause: str) -> None:
    """The place kept for ``cause`` is free again, unless it was taken; repeats are harmless."""
    await moving.let_go(ctx, cause)


async def stop(ctx: Ctx, appointment_id: str, by: str) -> Appointment:
    """Its clinic does not take place: STOPPED, and what was paid goes back; repeats are harmless.

    What has ended otherwise stays as it is.
    """
    return await moving.stop(ctx, appointment_id, by)


async def unwind(ctx: Ctx, purpose: dict[str, str], reason: str) -> None:
    """The number is gone: whatever was paid for it goes back."""
    await payments.unwind(ctx, purpose, reason)


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


async def load_view(ctx: Ctx, view: schedules.Availability) -> None:
    """Marks every taken place of the slots in the view."""
    await following.load(ctx, view)


async def follow_view(ctx: Ctx, view: schedules.Availability, since: datetime) -> None:
    """Takes over the places that changed since ``since`` (wire time)."""
    await following.follow(ctx, view, since)


sweeps = [Sweep("holds", expiry.expire)]
