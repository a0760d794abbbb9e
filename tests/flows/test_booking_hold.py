"""Holding a number: what it gives, what it refuses, and that a refusal leaves nothing behind."""

from datetime import time, timedelta

import pytest

from booking.appointments import service as appointments
from booking.appointments.model import AgeNotSeen, Hold, LimitReached
from booking.schedules import service as schedules
from booking.schedules.model import (
    NextDayClosed,
    SameDayClosed,
    SlotClosed,
    SlotFull,
    SlotNotOpenYet,
)
from tests.helpers.outpatient import IN_ONE_LOOP, UNIT, Outpatient
from wx_backend.base import ids
from wx_backend.base.errors import NotFound, SameKeyOtherBody
from wx_backend.entrypoints.demo import world

pytestmark = IN_ONE_LOOP

KEY = "key-of-a-form"


async def refused(clinic: Outpatient, error: type, patient, command, key="") -> Exception:
    """The hold is refused with ``error``, and nothing is stored."""
    before = await clinic.stored()
    with pytest.raises(error) as refusal:
        await appointments.hold(patient.ctx, command, key or ids.new("key"))
    assert await clinic.stored() == before
    return refusal.value


async def test_a_hold_is_a_number_for_fifteen_minutes(clinic):
    first, second = await clinic.opens(slots=2, capacity=2)
    patient = await clinic.patient()
    held = await clinic.hold(patient, second)
    assert (held.state, held.number, held.serial) == ("HELD", 1, "A003")
    assert held.expires_at - held.created_at == timedelta(minutes=15)
    assert held.patient == "李*国"
    assert await clinic.now(held) == held
    assert (clinic.free(first), clinic.free(second)) == (2, 1)
    await clinic.work()
    assert await clinic.now(held) == held
    assert await clinic.told(patient) == []


async def test_the_same_request_again_is_the_same_appointment(clinic):
    [slot] = await clinic.opens(capacity=1)
    patient = await clinic.patient()
    held = await clinic.hold(patient, slot, KEY)
    before = await clinic.stored()
    assert clinic.free(slot) == 0
    assert await clinic.hold(patient, slot, KEY) == held
    await appointments.cancel(patient.ctx, held.id)
    cancelled = await clinic.hold(patient, slot, KEY)
    assert (cancelled.id, cancelled.state) == (held.id, "CANCELLED")
    assert len((await clinic.stored())[0]) == len(before[0]) == 1


async def test_the_same_request_again_takes_no_number_from_the_view(clinic):
    [slot] = await clinic.opens(capacity=3)
    patient = await clinic.patient()
    for _ in range(3):
        await clinic.hold(patient, slot, KEY)
    assert clinic.free(slot) == 2


async def test_the_same_key_for_another_slot_is_refused(clinic):
    slot, other = await clinic.opens(slots=2)
    patient = await clinic.patient()
    await clinic.hold(patient, slot, KEY)
    await refused(clinic, SameKeyOtherBody, patient, Hold(other.id, patient.id), KEY)
    assert clinic.free(other) == other.capacity


async def test_the_same_key_of_another_account_is_another_key(clinic):
    [slot] = await clinic.opens()
    first, second = await clinic.patients(2)
    assert (await clinic.hold(first, slot, KEY)).number == 1
    assert (await clinic.hold(second, slot, KEY)).number == 2


async def test_a_full_slot_is_refused_with_the_nearest_free_ones(clinic):
    slots = await clinic.opens(slots=4, capacity=1)
    for slot in slots[:2]:
        await clinic.hold(await clinic.patient(), slot)
    late = await clinic.patient()
    refusal = await refused(clinic, SlotFull, late, Hold(slots[1].id, late.id))
    near = refusal.data["nearest"]
    assert [one["slot"] for one in near[:2]] == [slots[2].id, slots[3].id]
    assert near[0]["free"] == 1
    assert near[0]["starts_at"] == slots[2].starts_at


async def test_a_slot_that_nobody_knows_or_another_institutions_is_not_there(clinic):
    [slot] = await clinic.opens()
    patient = await clinic.patient()
    await refused(clinic, NotFound, patient, Hold("slotnone", patient.id))
    patient.ctx = patient.ctx.within(world.CENTRE.id)
    await refused(clinic, NotFound, patient, Hold(slot.id, patient.id))


async def test_anothers_patient_is_not_there(clinic):
    [slot] = await clinic.opens()
    patient, other = await clinic.patients(2)
    await refused(clinic, NotFound, patient, Hold(slot.id, other.id))
    assert clinic.free(slot) == slot.capacity


async def test_a_slot_is_closed_once_it_has_started(clinic):
    [slot] = await clinic.opens(days=0, begins=time(10))
    patient = await clinic.patient()
    await clinic.later(minutes=59)
    await clinic.hold(patient, slot)
    await clinic.later(minutes=1)
    late = await clinic.patient()
    await refused(clinic, SlotClosed, late, Hold(slot.id, late.id))


async def test_a_closed_slot_takes_nobody(clinic):
    [slot] = await clinic.opens()
    patient = await clinic.patient()
    changed = {"state": "CLOSED", "changed_at": clinic.house.wire.now()}
    await clinic.house.db.raw("slots").update_one({"_id": slot.id}, {"$set": changed})
    await clinic.hospital.catch_up()
    await refused(clinic, SlotClosed, patient, Hold(slot.id, patient.id))


async def test_a_slot_opens_at_its_release_time(clinic):
    [slot] = await clinic.opens(days=15)
    patient = await clinic.patient()
    refusal = await refused(clinic, SlotNotOpenYet, patient, Hold(slot.id, patient.id))
    assert refusal.data["opens_at"] == slot.opens_at
    await clinic.later(hours=22)  # 07:00 of the day that is 14 days before
    assert (await clinic.hold(patient, slot)).state == "HELD"


async def test_the_department_sees_certain_ages_on_the_day_of_the_visit(clinic):
    children = world.DEPARTMENTS["paediatrics"]
    [slot] = await clinic.opens(department_id=children.id, department=children.name)
    adult = await clinic.patient()
    refusal = await refused(clinic, AgeNotSeen, adult, Hold(slot.id, adult.id))
    assert refusal.data == {"least": 0, "most": 14}
    assert UNIT.max_age is None


async def test_without_a_fee_the_number_is_booked_at_once_and_told(clinic):
    [slot] = await clinic.opens(fee_fen=0)
    patient = await clinic.patient()
    booked = await clinic.hold(patient, slot)
    assert booked.state == "BOOKED"
    assert len(await clinic.events("appointment.booked")) == 1
    await clinic.work()
    assert await clinic.told(patient) == ["预约成功"]
    await clinic.later(hours=1)
    await clinic.work()
    assert (await clinic.now(booked)).state == "BOOKED"
    assert await clinic.order(booked) is None


async def test_a_night_clinic_is_booked_past_midnight_on_the_date_it_began(clinic):
    slots = await clinic.opens(slots=4, days=0, session="NIGHT", begins=time(23))
    patient = await clinic.patient()
    await clinic.later(hours=15, minutes=10)  # ten past midnight
    held = await clinic.hold(patient, slots[-1])
    assert (held.visit_date, held.serial) == (slots[0].visit_date, "N013")
    await refused(clinic, SlotClosed, patient, Hold(slots[0].id, patient.id))
    await clinic.later(minutes=40)
    late = await clinic.patient()
    await refused(clinic, NotFound, late, Hold(slots[-1].id, late.id))


async def test_a_used_key_is_refused_as_such_also_where_nothing_is_left(clinic):
    slot, full = await clinic.opens(slots=2, capacity=1)
    patient = await clinic.patient()
    held = await clinic.hold(patient, slot, KEY)
    await clinic.hold(await clinic.patient(), full)
    await refused(clinic, SameKeyOtherBody, patient, Hold(full.id, patient.id), KEY)
    assert await clinic.hold(patient, slot, KEY) == held


async def test_a_used_key_is_refused_as_such_also_at_a_limit(clinic):
    patient = await clinic.patient()
    for session in ("AM", "PM", "NIGHT"):
        [slot] = await clinic.opens(session=session)
        await clinic.hold(patient, slot, KEY if session == "AM" else "")
    other = world.DEPARTMENTS["respiratory"]
    [fourth] = await clinic.opens(department_id=other.id, department=other.name)
    await refused(clinic, LimitReached, patient, Hold(fourth.id, patient.id))
    await refused(clinic, SameKeyOtherBody, patient, Hold(fourth.id, patient.id), KEY)


async def test_a_repeat_is_answered_as_before_although_the_slot_has_closed(clinic):
    [slot] = await clinic.opens(days=0, begins=time(10))
    patient = await clinic.patient()
    await clinic.later(minutes=50)
    held = await clinic.hold(patient, slot, KEY)
    await clinic.later(minutes=10)
    assert await clinic.hold(patient, slot, KEY) == held
    await refused(clinic, SlotClosed, patient, Hold(slot.id, patient.id))


async def test_a_hold_does_not_outlast_the_start_of_its_slot(clinic):
    [slot] = await clinic.opens(days=0, begins=time(10))
    patient = await clinic.patient()
    await clinic.later(minutes=50)
    held = await clinic.hold(patient, slot)
    assert held.expires_at == slot.starts_at
    await clinic.ticket(patient, held)
    await clinic.later(minutes=10)
    await clinic.work()
    assert (await clinic.now(held)).state == "EXPIRED"


async def test_tomorrows_numbers_close_in_the_evening_and_are_there_again_on_the_day(clinic):
    first, second = await clinic.opens(slots=2, days=1)  # it is nine in the morning
    in_time, late = await clinic.patients(2)
    await clinic.later(hours=7, minutes=59)
    await clinic.hold(in_time, first)
    await clinic.later(minutes=1)
    refusal = await refused(clinic, NextDayClosed, late, Hold(first.id, late.id))
    assert refusal.data["opens_at"] == first.starts_at - timedelta(hours=8)
    assert schedules.first_free(late.ctx, UNIT.id).slot.visit_date > first.visit_date
    await clinic.later(hours=7)
    assert (await clinic.hold(late, second)).state == "HELD"


async def test_the_hospital_says_how_early_todays_numbers_close(clinic):
    [slot] = await clinic.opens(days=0, begins=time(10))
    in_time, late = await clinic.patients(2)
    await clinic.decides("booking.same_day_minutes", 30)
    await clinic.later(minutes=29)
    await clinic.hold(in_time, slot)
    await clinic.later(minutes=1)
    await refused(clinic, SameDayClosed, late, Hold(slot.id, late.id))
    await clinic.decides("booking.same_day_minutes", 0)
    assert (await clinic.hold(late, slot)).state == "HELD"
