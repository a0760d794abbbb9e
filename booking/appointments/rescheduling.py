"""The patient takes another time (改约): the new number is theirs and the old one given back in one
change.

There is no moment with both or with neither: whoever dies in between leaves everything as it was,
and asking again with the same key finds what was made. Limits are those of a hold, less what the
old one takes, which is free within the same change. A number that a HIS owns is locked there
before (``securing``).
"""

from datetime import date, datetime

import msgspec

from booking.appointments import (
    cancelling,
    claims,
    exchanging,
    fairness,
    finding,
    holding,
    screening,
    securing,
)
from booking.appointments.limits import Limits
from booking.appointments.model import (
    Appointment,
    OtherDepartment,
    OtherFee,
    Reschedule,
    RescheduleLimit,
    RescheduleTooLate,
    SameSlot,
)
from booking.locks import service as locks
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, WrongState
from wx_backend.directory.settings import service as parameters
from wx_backend.identity.patients import access as patients


async def reschedule(
    ctx: Ctx, appointment_id: str, slot_id: str, key: str, symptoms: bool | None = None
) -> Appointment:
    """A number of another slot instead; the new appointment, paid with the order of the old one.

    A repeat is answered as the first time. The symptom screen is asked anew, wherever the old one
    was: ``symptoms``.

    Raises:
        NotFound: no such appointment of this account, no such slot, or the patient was removed.
        WrongState: it is not booked (any more).
        RescheduleTooLate, RescheduleLimit, OtherDepartment, OtherFee, SameSlot.
        NumberGone, NumberUnconfirmed: a HIS owns the number, and has not given it.
        What ``holding.hold`` raises about the slot, the patient, the symptoms and the key.
    """
    await fairness.pace(ctx)
    old = await finding.own(ctx, appointment_id)
    command = Reschedule(slot_id, old.patient_id, old.id)
    slot = schedules.open_slot(ctx, slot_id)
    no_symptoms_at = await screening.screen(ctx, symptoms, slot)
    try:
        await check(ctx, old)
        await _check_slot(ctx, old, slot)
        return await _exchange(ctx, command, key, old, slot, no_symptoms_at)
    except AppError as refusal:
        before = await claims.made_before(ctx, command, key)
        if before and not before.kept_for:
            return before
        raise refusal


async def check(ctx: Ctx, old: Appointment) -> None:
    """Whether its patient may take another time now. No round trip.

    Raises:
        WrongState, RescheduleTooLate, RescheduleLimit.
    """
    if old.state != "BOOKED":
        raise WrongState(state=old.state)
    most = await parameters.resolve(ctx, "booking.reschedule_most", **old.scopes)
    if old.moves >= most:
        raise RescheduleLimit(most=most)
    until = await cancelling.cancel_until(ctx, old)
    if ctx.now() >= until:
        raise RescheduleTooLate(until=until)


async def _check_slot(ctx: Ctx, old: Appointment, slot: Slot) -> None:
    """Raises SameSlot, OtherDepartment, OtherFee."""
    if slot.id == old.slot:
        raise SameSlot()
    if slot.department_id != old.department_id and not await parameters.resolve(
        ctx, "booking.reschedule_departments", **old.scopes
    ):
        raise OtherDepartment()
    cheaper = await parameters.resolve(ctx, "booking.reschedule_lower_fee", **old.scopes)
    if slot.fee_fen > old.fee_fen or (slot.fee_fen < old.fee_fen and not cheaper):
        raise OtherFee(fee_fen=old.fee_fen, asked_fen=slot.fee_fen)


async def _exchange(
    ctx: Ctx,
    command: Reschedule,
    key: str,
    old: Appointment,
    slot: Slot,
    no_symptoms_at: datetime | None,
) -> Appointment:
    binding = await patients.may_book(ctx, old.patient_id)
    age = binding.age(date.fromisoformat(slot.visit_date))
    await holding.check(ctx, slot, age)
    await fairness.check_account(ctx, slot, binding)
    pools = await schedules.pools_for(ctx, slot, old.patient_id, age)
    draft = msgspec.structs.replace(
        await claims.drafted(ctx, command, key, slot, binding.display, binding.contact),
        state="BOOKED",
        paid_with=old.purpose["id"],
        moves=old.moves + 1,
        no_symptoms_at=no_symptoms_at,
    )
    limits = Limits(draft, await claims.limit_rows(ctx, draft, slot))
    if draft.source == locks.OURS:
        return await exchanging.at_once(ctx, old, draft, slot, limits, pools)
    kept = await securing.secure(ctx, old, draft, slot, pools)
    return await exchanging.with_kept(ctx, old, kept, draft, limits)
