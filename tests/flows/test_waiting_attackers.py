"""Two attackers of the waiting list: each wins without its rule and loses with it."""

import pytest

from booking.appointments.model import Appointment
from booking.schedules.model import Slot, SlotFull
from booking.waiting import service as waiting
from booking.waiting.model import Join, WaitingLimit
from tests.helpers.identity import form, id_no
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, Patient
from wx_backend.base import ids
from wx_backend.identity.patients import service as patients

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


@pytest.mark.parametrize("ruled", [0, 1])
async def test_who_polls_for_returned_numbers(clinic, slot, ruled):
    await clinic.decides("booking.wait_list_first", ruled)
    owner, honest, watcher = await clinic.patients(3)
    held = await clinic.hold(owner, slot)
    entry = await joins(honest, slot)
    await clinic.cancel(owner, held)
    stolen = await watched(clinic, slot, watcher)
    await clinic.decides("booking.wait_list_first", 0)
    state = (await waiting.own(honest.ctx, entry)).state
    assert (stolen is None, state) == ((True, "OFFERED") if ruled else (False, "WAITING"))


@pytest.mark.parametrize("ruled", [False, True])
async def test_one_account_that_joins_many_times(clinic, ruled):
    await clinic.decides("booking.wait_list_first", 1)
    await clinic.decides("booking.wait_list_per_account", 2 if ruled else 20)
    [slot] = await clinic.opens(capacity=3)
    owners, (greedy, honest) = await clinic.patients(3), await clinic.patients(2)
    held = [await clinic.hold(one, slot) for one in owners]
    people = [greedy.id]
    for n in (1, 2):
        born = id_no("1931-03-04" if ruled else "1932-03-04", n)
        people.append((await patients.add(greedy.ctx, form(born, "李建国", "PARENT"))).patient_id)
    taken = []
    for person in people:
        try:
            taken.append(await joins(greedy, slot, person))
        except WaitingLimit:
            assert ruled
    entry = await joins(honest, slot)
    for owner, one in zip(owners, held, strict=True):
        await clinic.cancel(owner, one)
    await clinic.work()
    await clinic.returns_at_once()
    await clinic.decides("booking.wait_list_per_account", 2)
    state = (await waiting.own(honest.ctx, entry)).state
    assert (len(taken), state) == ((2, "OFFERED") if ruled else (3, "WAITING"))
