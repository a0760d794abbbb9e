"""Many want few: exact places and limits however many ask at once, and from two web processes."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import pytest

from booking.appointments import service as appointments
from booking.appointments.model import Hold, LimitReached
from booking.schedules import service as schedules
from booking.schedules.model import SlotFull
from tests.helpers.outpatient import IN_ONE_LOOP, MORNING, Outpatient
from wx_backend.base import ids
from wx_backend.base.context import House
from wx_backend.entrypoints import upkeep, wiring
from wx_backend.entrypoints.demo import world

pytestmark = IN_ONE_LOOP


@asynccontextmanager
async def second_process(clinic: Outpatient):
    """Another web process on the same database, with a view of its own."""
    house = wiring.build(clinic.hospital.settings)
    since = await upkeep.load(house)
    yield house, since
    await asyncio.to_thread(wiring.close, house)


def free(house: House, slot) -> int:
    return schedules.availability(house).free(slot, house.business.now())


async def together(*actions) -> list:
    return await asyncio.gather(*actions, return_exceptions=True)


def outcomes(results: list) -> Counter:
    return Counter(type(one).__name__ for one in results)


async def test_two_hundred_for_ten_places_from_two_processes(clinic):
    slot, *near = await clinic.opens(slots=4, capacity=10)
    rush = await asyncio.gather(*(clinic.patient() for _ in range(200)))
    async with second_process(clinic) as (other, _):
        houses = (clinic.house, other)
        contexts = [
            houses[n % 2].ctx(one.ctx.institution, one.ctx.actor) for n, one in enumerate(rush)
        ]
        results = await together(
            *(
                appointments.hold(ctx, Hold(slot.id, one.id), ids.new("key"))
                for ctx, one in zip(contexts, rush, strict=True)
            )
        )
    assert outcomes(results) == {"Appointment": 10, "SlotFull": 190}
    held = [one for one in results if not isinstance(one, SlotFull)]
    assert sorted(one.number for one in held) == list(range(1, 11))
    assert len({one.serial for one in held}) == 10
    losers = [one for one in results if isinstance(one, SlotFull)]
    same_doctors = {one.id for one in near}
    assert all({one["slot"] for one in loser.data["nearest"]} == same_doctors for loser in losers)
    assert len(await clinic.docs("appointments")) == 10


async def test_a_stale_view_only_costs_tries(clinic):
    [slot] = await clinic.opens(capacity=3)
    async with second_process(clinic) as (other, _):
        for one in await clinic.patients(2):
            await clinic.hold(one, slot)
        assert free(other, slot) == 3
        late = await clinic.patient()
        ctx = other.ctx(late.ctx.institution, late.ctx.actor)
        held = await appointments.hold(ctx, Hold(slot.id, late.id), ids.new("key"))
        assert held.number == 3
        assert free(other, slot) == 0


async def test_the_view_follows_another_process_within_a_round(clinic):
    [slot] = await clinic.opens(capacity=3)
    patient = await clinic.patient()
    async with second_process(clinic) as (other, since):
        held = await clinic.hold(patient, slot)
        since = await upkeep.step(other, since)
        assert free(other, slot) == 2
        await appointments.cancel(patient.ctx, held.id)
        since = await upkeep.step(other, since)
        assert free(other, slot) == 3
        [fresh] = await clinic.opens()
        await upkeep.step(other, since)
        assert free(other, fresh) == fresh.capacity


async def test_the_view_follows_what_the_worker_does(clinic):
    [slot] = await clinic.opens(capacity=1)
    await clinic.hold(await clinic.patient(), slot)
    assert clinic.free(slot) == 0
    await clinic.later(minutes=16)
    await clinic.work()
    await clinic.hospital.catch_up()
    assert clinic.free(slot) == 1


async def test_a_process_that_starts_knows_what_is_taken(clinic):
    [slot] = await clinic.opens(capacity=3)
    await clinic.hold(await clinic.patient(), slot)
    async with second_process(clinic) as (other, _):
        assert free(other, slot) == 2


async def hold_all(clinic: Outpatient, patient, slots) -> list:
    return await together(*(clinic.hold(patient, slot) for slot in slots))


async def test_one_per_department_and_session_under_twenty_at_once(clinic):
    slots = await clinic.opens(slots=7)
    patient = await clinic.patient()
    results = await hold_all(clinic, patient, [slots[n % 7] for n in range(20)])
    assert outcomes(results) == {"Appointment": 1, "LimitReached": 19}
    assert {one.data["limit"] for one in results if isinstance(one, LimitReached)} == {"session"}
    assert sum(clinic.free(slot) for slot in slots) == 7 * 4 - 1


async def of_departments(clinic: Outpatient, days: int = 3) -> list:
    """One slot in each adult department on one day."""
    units = [unit for unit in world.DEPARTMENTS.values() if unit.max_age is None]
    return [
        (await clinic.opens(days=days, department_id=unit.id, department=unit.name))[0]
        for unit in units
    ]


async def test_three_a_day_under_twenty_at_once(clinic):
    slots = await of_departments(clinic)
    patient = await clinic.patient()
    results = await hold_all(clinic, patient, [slots[n % len(slots)] for n in range(20)])
    refusals = Counter(one.data["limit"] for one in results if isinstance(one, LimitReached))
    assert outcomes(results) == {"Appointment": 3, "LimitReached": 17}
    assert refusals["day"] >= len(slots) - 3


async def test_five_open_ones_under_twenty_at_once(clinic):
    slots = [(await clinic.opens(days=2 + n))[0] for n in range(10)]
    patient = await clinic.patient()
    results = await hold_all(clinic, patient, slots * 2)
    assert outcomes(results) == {"Appointment": 5, "LimitReached": 15}
    held = [one for one in results if not isinstance(one, Exception)]
    assert len({one.slot for one in held}) == 5


async def test_limits_of_another_person_of_the_account_are_their_own(clinic):
    slot, other = await clinic.opens(slots=2)
    first, second = await clinic.patients(2)
    assert (await clinic.hold(first, slot)).state == "HELD"
    assert (await clinic.hold(second, other)).state == "HELD"


async def test_a_limit_is_free_again_after_a_cancellation(clinic):
    slot, other = await clinic.opens(slots=2)
    patient = await clinic.patient()
    held = await clinic.hold(patient, slot)
    with pytest.raises(LimitReached):
        await clinic.hold(patient, other)
    await appointments.cancel(patient.ctx, held.id)
    assert (await clinic.hold(patient, other)).state == "HELD"


async def test_a_limit_is_free_again_after_an_expiry(clinic):
    slot, other = await clinic.opens(slots=2, begins=MORNING)
    patient = await clinic.patient()
    await clinic.hold(patient, slot)
    await clinic.later(minutes=16)
    with pytest.raises(LimitReached):
        await clinic.hold(patient, other)
    await clinic.work()
    assert (await clinic.hold(patient, other)).state == "HELD"
