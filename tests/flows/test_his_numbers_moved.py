"""Another time in a slot whose numbers a HIS owns: sure there first, and until then the old number
stays as it was.
"""

import asyncio
from datetime import timedelta

import pytest

from booking.appointments import locking, store
from booking.appointments import service as appointments
from booking.appointments.model import LimitReached, NumberGone, NumberUnconfirmed
from booking.locks import service as locks
from booking.schedules import service as schedules
from booking.stops.model import OfferGone
from tests.helpers import his
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, Patient, fixture
from tests.helpers.stops import Closed, stored
from tests.helpers.timetables import OFFICE, cleared
from wx_backend.base import ids

pytestmark = IN_ONE_LOOP


@fixture
async def clinic(clinic: Outpatient):
    await his.owned_by_his(clinic.hospital)
    yield clinic
    await clinic.ctl("clear", what="faults")
    await clinic.patience(2, minutes=16)
    await his.agreed(clinic)


@fixture
async def booked(clinic, patient, slot):
    return await clinic.booked(patient, slot)


@fixture
async def later(clinic):
    [later] = await clinic.opens(capacity=1, days=4)
    return later


async def moves(patient: Patient, old, slot, key: str = ""):
    return await appointments.reschedule(patient.ctx, old.id, slot.id, key or ids.new("key"))


async def test_the_new_number_is_locked_then_both_change(clinic, patient, booked, slot, later):
    moved = await moves(patient, booked, later)
    assert (moved.state, moved.paid_with, moved.kept_for) == ("BOOKED", booked.id, "")
    assert (await clinic.now(booked)).moved_to == moved.id
    await clinic.work()
    assert [(one["slot"], one["state"]) for one in await his.books(clinic)] == [
        (later.id, "CONFIRMED")
    ]
    assert await clinic.told(patient) == ["预约成功", "预约已改约"]
    assert (await clinic.order(moved)).state == "PAID"


async def test_what_the_his_has_given_away_leaves_the_old_number(clinic, patient, booked, later):
    await his.sells(clinic.hospital, later, 1)
    key = ids.new("key")
    for _ in range(2):
        with pytest.raises(NumberGone):
            await moves(patient, booked, later, key)
    await clinic.work()
    assert await clinic.now(booked) == booked
    assert await clinic.told(patient) == ["预约成功"]


async def test_a_his_that_says_nothing_leaves_the_old_number(
    clinic, patient, booked, later, impatient, monkeypatch
):
    monkeypatch.setattr(locks, "PATIENCE", 0.2)
    await clinic.fault(his.LOCKS, "slow", value=1.2, times=2)  # and does it, too late
    with pytest.raises(NumberUnconfirmed):
        await moves(patient, booked, later)
    assert await clinic.now(booked) == booked
    await clinic.patience(3, minutes=3)
    assert [one["slot"] for one in await his.books(clinic)] == [booked.slot]
    await clinic.hospital.catch_up()
    monkeypatch.undo()
    assert (await moves(patient, booked, later)).state == "BOOKED"


async def test_the_limits_are_those_of_a_hold(clinic, patient, booked, later):
    [same] = await clinic.opens(days=4)
    await clinic.booked(patient, same)
    with pytest.raises(LimitReached):
        await moves(patient, booked, later)
    await clinic.work()
    assert await clinic.now(booked) == booked
    assert later.id not in [one["slot"] for one in await his.books(clinic)]


async def test_asked_again_it_is_answered_as_the_first_time(clinic, patient, booked, later):
    key = ids.new("key")
    tries = [moves(patient, booked, later, key) for _ in range(3)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    assert any(not isinstance(one, Exception) for one in done), done
    assert (await moves(patient, booked, later, key)).id == (await clinic.now(booked)).moved_to


@pytest.mark.parametrize(
    "dies_before", [(locking, "begin"), (store, "advance")], ids=["asking", "changing"]
)
@pytest.mark.parametrize("again", [True, False])
async def test_who_dies_in_between_has_the_old_number(
    clinic, patient, booked, slot, later, monkeypatch, dies_before, again
):
    async def dies(*_: object, **__: object) -> None:
        raise ConnectionError("killed")

    key = ids.new("key")
    with monkeypatch.context() as patch:
        patch.setattr(*dies_before, dies)
        with pytest.raises(ConnectionError):
            await moves(patient, booked, later, key)
    assert await clinic.now(booked) == booked
    if again:
        assert (await moves(patient, booked, later, key)).state == "BOOKED"
    else:
        await clinic.patience(2, minutes=16)
        assert [one["slot"] for one in await his.books(clinic)] == [slot.id]
        assert await clinic.told(patient) == ["预约成功"]


@fixture
async def closed(clinic):
    """A stopped session of one patient, who has been asked."""
    await cleared(clinic)
    ctx = clinic.hospital.ctx().acting_as(OFFICE)
    stopped = Closed(clinic, ctx, ctx.today() + timedelta(days=3))
    await stopped.opens()
    await stopped.close()
    return stopped


async def test_who_is_moved_by_the_hospital_keeps_the_old_number_until_the_his_says_yes(
    clinic, closed, impatient, monkeypatch
):
    monkeypatch.setattr(locks, "PATIENCE", 0.2)
    await clinic.fault(his.LOCKS, "slow", value=1.2, times=2)  # and does it, too late
    assert (await closed.answers(0, "same")).state == "MOVING"
    assert (await closed.now()).state == "BOOKED"
    assert "改约成功" not in await clinic.told(closed.patients[0])
    await clinic.patience(3, minutes=3)
    [case] = await closed.cases()
    new = await stored(clinic, case.moved_to)
    assert (case.state, new.state) == ("MOVED", "BOOKED")
    assert [one["slot"] for one in await his.books(clinic)] == [new.slot]
    assert (await clinic.told(closed.patients[0]))[-1] == "改约成功"


async def test_what_the_his_has_given_away_is_asked_about_again(clinic, closed):
    [case] = await closed.cases()
    slot = await schedules.stored_slot(closed.ctx, case.same.slot)
    await his.sells(clinic.hospital, slot, 1)
    with pytest.raises(OfferGone):
        await closed.answers(0, "same")
    assert (await closed.now()).state == "BOOKED"
    moved = await closed.answers(0, "same")
    assert (await stored(clinic, moved.moved_to)).number == 2


async def test_a_his_that_never_says_so_leaves_the_refund(clinic, closed):
    await clinic.fault(his.EVERY_CALL, "reset", times=500)
    assert (await closed.answers(0, "same")).state == "MOVING"
    await closed.until_start()
    await clinic.ctl("clear", what="faults")
    await clinic.refunded()
    assert await closed.states() == ["REFUNDED"]
    assert (await closed.now()).state == "STOPPED"
