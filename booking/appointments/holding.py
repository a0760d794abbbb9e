"""Holding a number for a patient."""

from datetime import date

from booking.appointments import claims, fairness, finding, locking, screening
from booking.appointments.model import Appointment, Hold, check_age
from booking.restrictions import service as restrictions
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError
from wx_backend.directory.departments import service as departments
from wx_backend.identity.patients import access as patients
from wx_backend.identity.patients.model import Binding


async def hold(ctx: Ctx, command: Hold, key: str, symptoms: bool | None = None) -> Appointment:
    """Keeps a number for a patient until ``expires_at``; a repeat is answered as the first time.

    Two shared round trips; a repeat or a refusal costs one more, but one that all places are taken
    costs one in all: in a rush most are told so. A HIS that owns the number is asked afterwards,
    and waited for a little while. ``symptoms``: what the patient says to the symptom screen.

    Raises:
        NotFound: no such slot here, or the patient is not this account's.
        SlotClosed, SlotNotOpenYet, NextDayClosed, SameDayClosed: it cannot be booked now.
        SymptomsNotSaid, FeverClinic, AgeNotSeen, SlotFull, LimitReached, SameKeyOtherBody.
        Restricted, AccountTooNew: not online, or not yet. TooMany: too many tries.
    """
    await fairness.pace(ctx)
    slot = schedules.open_slot(ctx, command.slot)
    no_symptoms_at = await screening.screen(ctx, symptoms, slot)
    try:
        schedules.check_open(ctx, slot)
        claims.check_room(ctx, slot)
        binding = await patients.may_book(ctx, command.patient)
        age = binding.age(date.fromisoformat(slot.visit_date))
        await check_seen(ctx, slot, age)
        await check_person(ctx, slot, binding)
        pools = await schedules.pools_for(ctx, slot, command.patient, age)
        claimed = await claims.claim(
            ctx, command, key, slot, binding.display, pools, binding.contact, no_symptoms_at
        )
    except AppError as refusal:
        if before := await claims.made_before(ctx, command, key):
            return before
        raise refusal
    return await locking.begin(ctx, claimed)


async def check_person(ctx: Ctx, slot: Slot, binding: Binding) -> None:
    """Whether the account may have this number for this person. No round trip, but for a new person
    and a hot number.

    Raises:
        Restricted, AccountTooNew.
    """
    restrictions.check(ctx, binding.patient_id)
    await fairness.check_account(ctx, slot, binding)


async def check(ctx: Ctx, slot: Slot, age: int) -> None:
    """Raises what ``schedules.check_open`` raises, or AgeNotSeen."""
    schedules.check_open(ctx, slot)
    await check_seen(ctx, slot, age)


async def check_seen(ctx: Ctx, slot: Slot, age: int) -> None:
    """Whether the department sees people of this age. Raises AgeNotSeen."""
    unit = await departments.department(ctx, slot.department_id)
    check_age(age, unit.min_age, unit.max_age)


async def begun(ctx: Ctx, command: Hold) -> Appointment | None:
    """The account's own hold of this very slot for this patient, which may still be paid."""
    for one in await finding.coming(ctx, limit=50):
        wanted = (one.slot, one.patient_id) == (command.slot, command.patient)
        if wanted and one.state == "HELD":
            return one
    return None
