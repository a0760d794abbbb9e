"""Two attackers of the waiting list: each wins without its rule and loses with it."""

import pytest

from booking.appointments.model import Appointment
from booking.schedules.model import Slot, SlotFull
from booking.waiting import service as waiting
from booking.waiting.model import Join, WaitingLimit
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, Patient
from tests.helpers.scalpers import relative, ruled
from wx_backend.base import ids

pytestmark = IN_ONE_LOOP


async def joins(patient: Patient, slot: Slot, person: str = "") -> str:
    command = Join(slot.id, person or patient.id)
    return (await waiting.join(patient.ctx, command, ids.new("key"))).id


async def watched(clinic: Outpatient, slot: Slot, watcher: Patient) -> Appointment | None:
    """What somebody gets who asks for the slot before and after everything that happens."""
    for _ in range(20):
        await clinic.hospital.catch_up()
        try:
            return await clinic.hold(watcher, slot)
        except SlotFull:
            await clinic.work()
            await clinic.later(minutes=1)
    return None


@pytest.mark.parametrize("rule", [0, 1])
async def test_who_polls_for_returned_numbers(clinic, slot, rule):
    await clinic.decides("booking.wait_list_first", rule)
    owner, honest, watcher = await clinic.patients(3)
    held = await clinic.hold(owner, slot)
    entry = await joins(honest, slot)
    await clinic.cancel(owner, held)
    stolen = await watched(clinic, slot, watcher)
    await clinic.decides("booking.wait_list_first", 0)
    state = (await waiting.own(honest.ctx, entry)).state
    assert (stolen is None, state) == ((True, "OFFERED") if rule else (False, "WAITING"))


@pytest.mark.parametrize("rule", [20, 2])
async def test_one_account_that_joins_many_times(clinic, rule):
    """Without the rule on the account's bookings, which is one of its own."""
    await clinic.decides("booking.wait_list_first", 1)
    [slot] = await clinic.opens(capacity=3)
    owners, (greedy, honest) = await clinic.patients(3), await clinic.patients(2)
    held = [await clinic.hold(one, slot) for one in owners]
    people = [greedy, await relative(greedy), await relative(greedy)]
    taken = []
    async with ruled(clinic, wait_list_per_account=rule, per_account_doctor_day=0):
        for person in people:
            try:
                taken.append(await joins(greedy, slot, person.id))
            except WaitingLimit:
                assert rule == 2
        entry = await joins(honest, slot)
        for owner, one in zip(owners, held, strict=True):
            await clinic.cancel(owner, one)
        await clinic.work()
    await clinic.returns_at_once()
    state = (await waiting.own(honest.ctx, entry)).state
    assert (len(taken), state) == ((2, "OFFERED") if rule == 2 else (3, "WAITING"))
