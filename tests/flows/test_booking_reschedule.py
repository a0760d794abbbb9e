"""Another time for a booked number: by which rules, and that nothing is ever between two chairs."""

import asyncio
from datetime import time

import pytest

from booking.appointments import returning
from booking.appointments import service as appointments
from booking.appointments.model import (
    AgeNotSeen,
    FeverClinic,
    LimitReached,
    OtherDepartment,
    OtherFee,
    RescheduleLimit,
    RescheduleTooLate,
    SameSlot,
    SymptomsNotSaid,
)
from booking.schedules.model import SameDayClosed, SlotFull, SlotNotOpenYet
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, Patient
from wx_backend.base import ids
from wx_backend.base.errors import NotFound, SameKeyOtherBody, WrongState
from wx_backend.entrypoints.demo import world

pytestmark = IN_ONE_LOOP
KEY = "the-only-key-of-this-move"


async def moves(patient: Patient, old, slot, key: str = "", **said: bool):
    key = key or ids.new("key")
    return await appointments.reschedule(patient.ctx, old.id, slot.id, key, **said)


async def refused(
    clinic: Outpatient, patient: Patient, old, slot, *kinds: type, **said: bool
) -> Exception:
    """What it is refused with; nothing has changed then."""
    before = await clinic.stored()
    with pytest.raises(kinds) as refusal:
        await moves(patient, old, slot, **said)
    assert await clinic.stored() == before
    return refusal.value


async def test_the_new_number_is_paid_by_the_old_order_and_the_old_one_is_free(
    clinic, patient, slot
):
    booked = await clinic.booked(patient, slot)
    [later] = await clinic.opens(capacity=1, days=4)
    moved = await moves(patient, booked, later)
    old = await clinic.now(booked)
    assert (old.state, old.moved_to, old.ended_by) == ("RESCHEDULED", moved.id, "patient")
    assert (moved.state, moved.paid_with, moved.moves) == ("BOOKED", booked.id, 1)
    assert (clinic.free(slot), clinic.free(later)) == (1, 0)
    await clinic.work()
    assert await clinic.told(patient) == ["预约成功", "预约已改约"]
    assert (await clinic.order(moved)).state == "PAID"
    await clinic.balanced()
    await clinic.cancel(patient, moved)
    await clinic.refunded()
    assert (await clinic.order(booked)).state == "REFUNDED"


async def test_the_limits_do_not_count_the_number_that_goes_back(clinic, patient):
    first, second, third = await clinic.opens(slots=3)
    for parameter in ("booking.per_day", "booking.open_at_once"):
        await clinic.decides(parameter, 1)
    booked = await clinic.booked(patient, first)
    assert (await moves(patient, booked, second)).state == "BOOKED"
    await clinic.decides("booking.per_day", 3)
    await clinic.decides("booking.open_at_once", 5)
    [tomorrow] = await clinic.opens(days=4)
    other = await clinic.booked(patient, tomorrow)
    refusal = await refused(clinic, patient, other, third, LimitReached)
    assert refusal.data["limit"] == "session"


async def test_what_a_hold_refuses_a_move_refuses(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    [full] = await clinic.opens(capacity=1, days=4)
    await clinic.hold(await clinic.patient(), full)
    await refused(clinic, patient, booked, full, SlotFull)
    [early] = await clinic.opens(days=40)
    await refused(clinic, patient, booked, early, SlotNotOpenYet)
    await clinic.decides("booking.same_day_minutes", 120)
    [soon] = await clinic.opens(days=0, begins=time(10))
    await refused(clinic, patient, booked, soon, SameDayClosed)
    await clinic.decides("booking.same_day_minutes", 0)
    await refused(clinic, patient, booked, slot, SameSlot)
    child = world.DEPARTMENTS["paediatrics"]
    await clinic.decides("booking.reschedule_departments", 1)
    [ward] = await clinic.opens(days=4, department_id=child.id, department=child.name)
    await refused(clinic, patient, booked, ward, AgeNotSeen)
    await clinic.decides("booking.reschedule_departments", 0)
    await refused(clinic, patient, booked, ward, OtherDepartment)
    [dear] = await clinic.opens(days=4, fee_fen=9000)
    await refused(clinic, patient, booked, dear, OtherFee)
    [cheap] = await clinic.opens(days=4, fee_fen=3000)
    await refused(clinic, patient, booked, cheap, OtherFee)
    await refused(clinic, await clinic.patient(), booked, cheap, NotFound)


async def test_how_often_and_until_when_are_parameters(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    [second] = await clinic.opens(days=4)
    [third] = await clinic.opens(days=5)
    moved = await moves(patient, booked, second)
    await refused(clinic, patient, moved, third, RescheduleLimit)
    await refused(clinic, patient, booked, third, WrongState)
    await clinic.decides("booking.reschedule_most", 2)
    await clinic.later(days=3, hours=15)
    await refused(clinic, patient, moved, third, RescheduleTooLate)
    await clinic.decides("booking.reschedule_most", 1)


async def test_the_symptom_screen_is_asked_anew(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    [later] = await clinic.opens(days=4)
    await clinic.decides("booking.symptom_screen", 1, "doctor", later.doctor_id)
    await refused(clinic, patient, booked, later, SymptomsNotSaid)
    await refused(clinic, patient, booked, later, FeverClinic, symptoms=True)
    moved = await moves(patient, booked, later, symptoms=False)
    assert booked.no_symptoms_at is None
    assert (await clinic.now(moved)).no_symptoms_at == moved.no_symptoms_at is not None
    await clinic.decides("booking.symptom_screen", 0, "doctor", later.doctor_id)


async def test_asked_again_it_is_answered_as_the_first_time(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    [later] = await clinic.opens(capacity=6, days=4)
    again = [moves(patient, booked, later, KEY) for _ in range(5)]
    made = {one.id for one in await asyncio.gather(*again)}
    assert made == {(await clinic.now(booked)).moved_to}
    assert clinic.free(later) == 5
    [other] = await clinic.opens(days=5)
    with pytest.raises(SameKeyOtherBody):
        await moves(patient, booked, other, KEY)


async def test_of_moves_and_a_cancelling_at_once_one_is_done(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    places = [(await clinic.opens(capacity=1, days=days))[0] for days in (4, 5, 6)]
    acts = [moves(patient, booked, place) for place in places]
    done = await asyncio.gather(*acts, clinic.cancel(patient, booked), return_exceptions=True)
    assert sum(not isinstance(one, Exception) for one in done) == 1, done
    await clinic.refunded()
    seated = await clinic.docs("appointments", state="BOOKED")
    assert sum(clinic.free(place) for place in places) == len(places) - len(seated)


async def test_the_old_number_is_kept_for_who_waits(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    [later] = await clinic.opens(days=4)
    await clinic.decides("booking.wait_list_first", 1)
    await moves(patient, booked, later)
    old = await clinic.now(booked)
    assert old.returns_at
    assert clinic.free(slot) == 0
    await clinic.decides("booking.wait_list_first", 0)
    await clinic.work()
    assert (await clinic.docs("appointments", _id=old.id))[0].get("active") is None


async def test_a_cheaper_number_gives_the_difference_back_and_the_rest_later(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    [cheap] = await clinic.opens(days=4, fee_fen=3000)
    await clinic.decides("booking.reschedule_lower_fee", 1)
    moved = await moves(patient, booked, cheap)
    await clinic.decides("booking.reschedule_lower_fee", 0)
    await clinic.refunded()
    assert "差额 ¥20.00 将原路退回" in " ".join(await clinic.texts(patient))
    order = await clinic.order(moved)
    assert (order.state, order.ledger().kept_fen) == ("PAID", 3000)
    await clinic.balanced()
    await clinic.cancel(patient, moved)
    await clinic.refunded()
    assert (await clinic.order(moved)).ledger().refunded_fen == 5000


async def test_who_moves_while_the_hospital_moves_them_has_one_number(
    clinic, patient, slot, monkeypatch
):
    """The hospital's own move is broken off after its new number was taken."""
    booked = await clinic.booked(patient, slot)
    [kept, mine] = await clinic.opens(slots=2, days=4)
    ctx = clinic.hospital.ctx()
    await appointments.keep(ctx, booked, kept, [1], "case1", kept.starts_at)

    async def broken(*_: object, **__: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(returning, "give_back", broken)
        with pytest.raises(ConnectionError):
            await appointments.move(ctx, booked.id, "case1")
    moved = await moves(patient, booked, mine)
    assert await appointments.move(ctx, booked.id, "case1") is None
    seated = await clinic.docs("appointments", state="BOOKED")
    assert [one["_id"] for one in seated] == [moved.id]
