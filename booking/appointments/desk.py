"""Numbers given out at the desk: the same claim from the same pool, by staff for who is there.

The rules are those of the phone, but for the cut-offs, which are the patients', and for the limits,
which somebody with the right may pass for a reason that is kept.
"""

from datetime import date

import msgspec

from booking.appointments import claims, events, finding, holding, locking, paying, seating, store
from booking.appointments.limits import Limits, kept_limits
from booking.appointments.model import Appointment, DeskHold, HoldExpired
from booking.payments import service as payments
from booking.payments.model import CODES, Ticket
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, Forbidden, Invalid, WrongState
from wx_backend.base.events import happened
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients.model import Known
from wx_backend.identity.staff.model import permits

CHANNEL = "desk"
OVERRIDE = "appointments:override"


async def hold_at_desk(ctx: Ctx, command: DeskHold, key: str) -> Appointment:
    """A number for the patient, to be paid at the desk or on their phone; BOOKED without a fee.

    A repeat is answered as the first time. Audited.

    Raises:
        NotFound: no such slot, patient or phone here.
        Forbidden: beyond the limits without the right. Invalid: without a reason.
        SlotClosed, SlotNotOpenYet, AgeNotSeen, SlotFull, LimitReached, SameKeyOtherBody.
    """
    slot = schedules.open_slot(ctx, command.slot)
    person = await patients.look_up_one(ctx, command.patient)
    try:
        claimed = await _claim(ctx, command, key, slot, person)
    except AppError as refusal:
        if before := await claims.made_before(ctx, command, key):
            return before
        raise refusal
    return await locking.begin(ctx, claimed)


async def _claim(ctx: Ctx, command: DeskHold, key: str, slot: Slot, person: Known) -> Appointment:
    age = person.age(date.fromisoformat(slot.visit_date))
    await holding.check(ctx, slot, age)
    pools = await schedules.pools_for(ctx, slot, person.patient_id, age)
    account = ""
    if command.binding:
        account = await patients.account_of(ctx, command.binding, person.patient_id)
    draft = msgspec.structs.replace(
        await claims.drafted(ctx, command, key, slot, person.name),
        account=account,
        channel=CHANNEL,
        booked_by=ctx.actor.id,
    )
    limits = await _limits(ctx, command, draft, slot)

    async def insert(held: Appointment, keys: list[str]) -> None:
        await store.claim(ctx, held, keys, _told(ctx, held))

    return await claims.place(ctx, draft, slot, limits, pools, insert)


async def _limits(ctx: Ctx, command: DeskHold, draft: Appointment, slot: Slot) -> Limits:
    """Beyond the limits it takes keys of its own."""
    if not command.beyond:
        return Limits(draft, await claims.limit_rows(ctx, draft, slot))
    if not permits(ctx.actor.roles, OVERRIDE):
        raise Forbidden("超出限约须由门诊办公室办理")
    if not 2 <= len(command.beyond) <= 100:
        raise Invalid(fields={"beyond": "请写明超出限约的原因（2 至 100 字）"})
    await ctx.house.audit.record(ctx, "appointments:limits:passed", draft.id, reason=command.beyond)
    return Limits(draft, [[one] for one in kept_limits(draft)[1:]])


def _told(ctx: Ctx, held: Appointment) -> list[dict]:
    """What a claim tells; and whose phone it was sent to, that it is to be paid."""
    told = claims.told(ctx, held)
    if held.account and held.state == "HELD":
        facts = held.facts(expires_at=held.expires_at)
        told.append(happened(ctx, events.TO_PAY, held.id, held.version, len(told), **facts))
    return told


async def show_code(ctx: Ctx, appointment_id: str, method: str) -> Ticket:
    """A code on the desk's screen that the patient scans and pays.

    Raises:
        Invalid: no method of this kind.
        HoldExpired, NumberNotLocked, WrongState, and what ``payments.open`` raises.
    """
    if method not in CODES:
        raise Invalid(fields={"method": "不支持的支付方式"})
    found = await finding.find(ctx, appointment_id)
    if found.state == "BOOKED":
        raise WrongState(state=found.state)
    await _payable(ctx, found)
    return await payments.open(ctx, paying.order_spec(found), method, "")


async def code_shown(ctx: Ctx, held: Appointment) -> Ticket | None:
    """The code that the desk's screen shows, while it can be paid."""
    ticket = await payments.handed_out(ctx, held.purpose)
    return ticket if ticket and ticket.method in CODES else None


async def ask_paid(ctx: Ctx, appointment_id: str) -> Appointment:
    """Staff ask the platform whether it was paid, as the patient's phone does."""
    return await paying.ask(ctx, await finding.find(ctx, appointment_id))


async def _payable(ctx: Ctx, found: Appointment) -> None:
    """It is held, or paid already. Raises HoldExpired, NumberNotLocked, WrongState."""
    if found.state == "EXPIRED" or (found.state == "HELD" and found.expires_at <= ctx.now()):
        raise HoldExpired()
    if found.state == "HELD":
        await locking.check_known(ctx, found)
    elif found.state != "BOOKED":
        raise WrongState(state=found.state)


async def take_cash(ctx: Ctx, appointment_id: str) -> Appointment:
    """The patient has paid in cash: the number is theirs. Repeats are harmless.

    Raises:
        HoldExpired, NumberNotLocked, WrongState, OrderPaid, OrderClosed, GatewayUnknown.
    """
    found = await finding.find(ctx, appointment_id)
    await _payable(ctx, found)
    await payments.take_cash(ctx, paying.order_spec(found))
    await seating.seat(ctx, found.purpose)
    return await finding.find(ctx, appointment_id)


async def give_cash(ctx: Ctx, appointment_id: str) -> None:
    """The cash that an ended booking gives back has been handed over. Repeats are harmless."""
    found = await finding.find(ctx, appointment_id)
    await payments.give_cash(ctx, found.purpose)
