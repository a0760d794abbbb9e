"""A patient pays for a held number, or takes one that costs nothing."""

from booking.appointments import events, finding, locking, seating, store
from booking.appointments.model import LIFE, Appointment, HoldExpired
from booking.payments import service as payments
from booking.payments.model import Order, OrderSpec, Ticket
from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState

TITLE = "挂号费"
"""What a platform, its statement and a pay page's address say: neither department nor doctor."""


async def pay(
    ctx: Ctx, appointment_id: str, method: str, client_ip: str, back_to: str = ""
) -> Ticket:
    """Opens payment of a held number, as ``payments.open``. No outside call happens inside the
    claim.

    Raises:
        HoldExpired, NumberNotLocked, WrongState, and what ``payments.open`` raises.
    """
    appointment = await finding.own(ctx, appointment_id)
    if appointment.state == "EXPIRED" or (
        appointment.state == "HELD" and appointment.expires_at <= ctx.now()
    ):
        raise HoldExpired()
    if appointment.state != "HELD":
        raise WrongState(state=appointment.state)
    await locking.check_known(ctx, appointment)
    return await payments.open(ctx, order_spec(appointment), method, client_ip, back_to)


def order_spec(appointment: Appointment) -> OrderSpec:
    return OrderSpec(
        purpose=appointment.purpose,
        account=appointment.account,
        title=TITLE,
        amount_fen=appointment.fee_fen,
        expires_at=appointment.expires_at,
    )


async def order_of(ctx: Ctx, appointment: Appointment) -> Order | None:
    return await payments.find(ctx, appointment.purpose)


async def order_states(ctx: Ctx, appointments: list[Appointment]) -> dict[str, str]:
    """Order states by appointment id; one call."""
    states = await payments.states(ctx, [one.purpose for one in appointments])
    known = {one.id: states.get(one.purpose["id"]) for one in appointments}
    return {key: state for key, state in known.items() if state}


async def check_payment(ctx: Ctx, appointment_id: str) -> Appointment:
    """Asks the platform whether it was paid; the browser's word is never proof."""
    return await ask(ctx, await finding.own(ctx, appointment_id))


async def ask(ctx: Ctx, appointment: Appointment) -> Appointment:
    """Asks the platform about an unpaid one, and seats who has paid."""
    if appointment.state in ("HELD", "EXPIRED"):
        order = await payments.check(ctx, appointment.purpose)
        if order and order.ledger().kept_fen > 0:
            await seating.seat(ctx, appointment.purpose)
            return await finding.find(ctx, appointment.id)
    return appointment


async def accept(ctx: Ctx, appointment_id: str) -> Appointment:
    """The patient takes a number without a fee that was held for them. Repeats are harmless.

    Raises:
        HoldExpired, NumberNotLocked, or WrongState: it is to be paid, or has ended.
    """
    appointment = await finding.own(ctx, appointment_id)
    if appointment.state == "BOOKED":
        return appointment
    if appointment.state == "EXPIRED" or (
        appointment.state == "HELD" and appointment.expires_at <= ctx.now()
    ):
        raise HoldExpired()
    if appointment.fee_fen:
        raise WrongState(state=appointment.state)
    await locking.check_known(ctx, appointment)
    event = events.change(ctx, events.BOOKED, appointment)
    seated = await store.advance(ctx, appointment, LIFE.next(appointment.state, "seat"), event)
    return seated or await accept(ctx, appointment_id)  # somebody was first: decide again
