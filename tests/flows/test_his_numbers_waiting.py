"""Numbers of a HIS for who waits: nobody hears of one before the HIS has given it, and whoever does
not get it keeps their place.
"""

import asyncio
from contextlib import suppress

import pytest

from booking.appointments import service as appointments
from booking.appointments.model import Appointment, NumberNotLocked
from booking.locks.model import lock_id
from booking.schedules.model import Slot
from booking.waiting import service as waiting
from booking.waiting.model import Entry, Join
from tests.flows.test_his_numbers_killed import end_leases
from tests.helpers import his
from tests.helpers.mortal import Killed, Mortal
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, Patient, fixture
from wx_backend.base import ids
from wx_backend.entrypoints.web.patient import paths

pytestmark = IN_ONE_LOOP


@fixture
async def clinic(clinic: Outpatient):
    await his.owned_by_his(clinic.hospital)
    await clinic.decides("booking.wait_list_first", 1)
    yield clinic
    await clinic.ctl("clear", what="faults")
    await clinic.patience(2, minutes=11)
    await his.agreed(clinic)


async def joins(patient: Patient, slot: Slot, **more) -> Entry:
    return await waiting.join(patient.ctx, Join(slot.id, patient.id, **more), ids.new("key"))


async def now(patient: Patient, entry: Entry) -> Entry:
    return await waiting.own(patient.ctx, entry.id)


async def found(clinic: Outpatient, patient: Patient, entry: Entry, owner: tuple) -> Appointment:
    """The owner's number goes to the first in line; the HIS has not been asked yet."""
    await clinic.cancel(*owner)
    await clinic.turn("returned_numbers")
    offered = await now(patient, entry)
    assert (offered.state, offered.asking) == ("OFFERED", True)
    return await appointments.own(patient.ctx, offered.appointment)


def lock_of(number: Appointment) -> str:
    return his.LOCKS.replace("*", lock_id(number.id, 1))


async def test_who_is_refused_keeps_the_place_and_gets_the_next_number(clinic):
    [slot] = await clinic.opens(capacity=2)
    first, second, one, two = await clinic.patients(4)
    owned = [await clinic.hold(first, slot), await clinic.hold(second, slot)]
    entry, later = await joins(one, slot), await joins(two, slot)
    number = await found(clinic, one, entry, (first, owned[0]))
    async with await clinic.hospital.client(one.person) as browser:
        assert "正在向医院确认" in (await browser.get(paths.entry(entry.id))).text
    await clinic.fault(lock_of(number), "his_refuse")
    await clinic.patience(2, seconds=5)
    again = await now(one, entry)
    assert (again.state, again.joined_at, again.appointment) == ("WAITING", entry.joined_at, None)
    assert (await clinic.now(number)).ended_by == "his"
    assert await clinic.told(one) == [], "of a number that was never theirs nobody hears"
    await clinic.cancel(second, owned[1])
    await clinic.patience(2, seconds=5)
    assert (await now(one, entry)).state == "OFFERED", "first come, still first"
    assert (await now(two, later)).state == "WAITING"
    assert await clinic.told(one) == ["候补到号"]


async def test_who_had_heard_of_the_number_hears_that_it_is_gone(clinic, slot):
    owner, one = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    entry = await joins(one, slot)
    number = await found(clinic, one, entry, (owner, held))
    await clinic.patience(2, seconds=5)
    assert await clinic.told(one) == ["候补到号"]
    await clinic.ctl("his/forget", lock=lock_id(number.id, 1))
    await his.sells(clinic.hospital, slot, number.number)
    await clinic.patience(2, minutes=11)
    assert (await now(one, entry)).state == "WAITING"
    assert await clinic.told(one) == ["候补到号", "候补到的号已被窗口挂出"]
    assert "排位不变" in (await clinic.texts(one))[-1]


async def test_a_number_without_a_fee_is_theirs_when_the_his_has_said_so(clinic):
    [slot] = await clinic.opens(capacity=1, fee_fen=0)
    owner, one = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    entry = await joins(one, slot, auto=True)
    number = await found(clinic, one, entry, (owner, held))
    await clinic.fault(lock_of(number), "his_error", times=3)
    await clinic.work()
    assert (await clinic.now(number)).state == "HELD"
    assert await clinic.told(one) == []
    await clinic.patience(4, seconds=40)
    assert (await clinic.now(number)).state == "BOOKED"
    assert (await now(one, entry)).state == "TAKEN"
    assert sorted(await clinic.told(one)) == ["候补成功", "预约成功"]


async def test_who_was_never_told_has_missed_nothing(clinic, slot):
    owner, one = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    entry = await joins(one, slot)
    number = await found(clinic, one, entry, (owner, held))
    await clinic.fault(his.LOCKS, "his_error", times=None)
    await clinic.patience(2, hours=24, minutes=1)
    assert (await clinic.now(number)).state == "EXPIRED"
    assert await clinic.told(one) == []
    assert (await now(one, entry)).round > 1


async def test_leaving_and_a_refusal_at_the_same_moment(clinic, slot):
    owner, one = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    entry = await joins(one, slot)
    number = await found(clinic, one, entry, (owner, held))
    ctx = clinic.worker.ctx(entry.inst)

    async def refuse() -> None:
        await appointments.refuse(ctx, number.id, slot.id, number.number)
        await waiting.refused(ctx, number.id)

    done = await asyncio.gather(
        refuse(), waiting.leave(one.ctx, entry.id), refuse(), return_exceptions=True
    )
    assert not any(isinstance(each, Exception) for each in done), done
    await clinic.work()
    assert (await now(one, entry)).state == "LEFT"


async def test_nobody_takes_what_the_his_has_not_given(clinic):
    [slot] = await clinic.opens(capacity=1, fee_fen=0)
    owner, one = await clinic.patients(2)
    held = await clinic.hold(owner, slot)
    entry = await joins(one, slot)
    await found(clinic, one, entry, (owner, held))
    with pytest.raises(NumberNotLocked):
        await waiting.accept(one.ctx, entry.id)
    assert (await now(one, entry)).state == "OFFERED"
    await clinic.patience(2, seconds=5)
    assert (await waiting.accept(one.ctx, entry.id)).state == "TAKEN"


async def test_whoever_dies_after_a_write_the_place_is_kept(clinic, monkeypatch):
    """Every seventh write of the worker that hears the refusal is its last; another one goes on."""
    mortal, deaths = Mortal(clinic.worker, monkeypatch), 0
    for writes in range(1, 100, 7):
        [slot] = await clinic.opens(capacity=1)
        owner, one = await clinic.patients(2)
        held = await clinic.hold(owner, slot)
        entry = await joins(one, slot)
        number = await found(clinic, one, entry, (owner, held))
        await clinic.ctl("his/forget", lock=lock_id(held.id, 1))
        await his.sells(clinic.hospital, slot, 1)
        mortal.dies_after(writes)
        with suppress(Killed, TypeError):  # who gathers answers may get a death among them
            await clinic.work()
        died = mortal.dead
        mortal.dies_after(0)
        await end_leases(clinic.worker)
        await clinic.patience(3, seconds=130)
        kept = await now(one, entry)
        assert (kept.state, kept.round, kept.joined_at) == ("WAITING", 2, entry.joined_at), writes
        assert (await clinic.now(number)).ended_by == "his"
        assert await clinic.told(one) == [], f"dead after write {writes}"
        if not died:
            break
        deaths += 1
    assert deaths >= 3 and not died, "the last telling survives: no write is left to die after"
