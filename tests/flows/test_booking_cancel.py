"""Giving a number back: who may, until when, and what is offered and told again."""

import asyncio
from datetime import time, timedelta

import pytest

from booking.appointments import service as appointments
from booking.appointments.model import CancelTooLate
from booking.payments import service as payments
from booking.payments.model import JSAPI, OrderSpec
from tests.helpers.outpatient import IN_ONE_LOOP
from wx_backend.base.errors import NotFound, WrongState

pytestmark = IN_ONE_LOOP


async def test_a_booked_number_is_refunded_in_full_and_told(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    cancelled = await clinic.cancel(patient, booked)
    assert (cancelled.state, cancelled.ended_by) == ("CANCELLED", "patient")
    await clinic.work()
    assert (await clinic.told(patient))[:2] == ["预约成功", "预约已取消"]
    assert "¥50.00 将原路退回" in (await clinic.texts(patient))[1]
    assert (await clinic.order(booked)).ledger().kept_fen == 0  # on its way back, or there already
    await clinic.refunded()
    assert (await clinic.order(booked)).state == "REFUNDED"
    assert (await clinic.told(patient))[-1] == "退款已到账"
    sums = (await clinic.books())["sums"]
    assert (sums["paid"], sums["refunded"], sums["balance"]) == (5000, 5000, 0)


async def test_its_number_is_offered_again_at_once(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    assert clinic.free(slot) == 0
    await clinic.cancel(patient, booked)
    assert clinic.free(slot) == 1
    other = await clinic.patient()
    assert (await clinic.hold(other, slot)).number == booked.number


async def test_the_deadline_is_midnight_before_the_visit(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)  # the visit is in three days; now it is nine
    await clinic.later(days=2, hours=14, minutes=59)
    ctx = clinic.hospital.ctx()
    assert await appointments.cancel_until(ctx, booked) > ctx.now()
    await clinic.later(minutes=1)
    before = await clinic.stored()
    with pytest.raises(CancelTooLate) as refusal:
        await clinic.cancel(patient, booked)
    assert refusal.value.data["until"] == slot.starts_at - timedelta(hours=8)
    assert await clinic.stored() == before


async def test_just_before_the_deadline_it_is_still_possible(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    await clinic.later(days=2, hours=14, minutes=59)
    assert (await clinic.cancel(patient, booked)).state == "CANCELLED"


async def test_a_hold_may_be_given_up_also_after_the_deadline(clinic, patient):
    [today] = await clinic.opens(days=0, begins=time(15))
    held = await clinic.hold(patient, today)
    assert (await clinic.cancel(patient, held)).state == "CANCELLED"
    await clinic.work()
    assert await clinic.told(patient) == ["预约已取消"]
    assert "退回" not in (await clinic.texts(patient))[-1]


async def test_cancelling_twice_is_once(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    first = await clinic.cancel(patient, booked)
    assert await clinic.cancel(patient, booked) == first
    many = await asyncio.gather(*(clinic.cancel(patient, booked) for _ in range(5)))
    assert set(map(repr, many)) == {repr(first)}
    await clinic.refunded()
    assert len(await clinic.events("appointment.cancelled")) == 1
    assert len((await clinic.books())["refunds"]) == 1


async def test_cancelling_ten_times_at_once_is_once(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    many = await asyncio.gather(*(clinic.cancel(patient, booked) for _ in range(10)))
    assert {one.state for one in many} == {"CANCELLED"}
    assert len(await clinic.events("appointment.cancelled")) == 1


async def test_anothers_number_is_not_there_to_cancel(clinic, patient, slot):
    booked = await clinic.booked(patient, slot)
    other = await clinic.patient()
    for ctx in (other.ctx, other.ctx.within("insother")):
        with pytest.raises(NotFound):
            await appointments.cancel(ctx, booked.id)
    with pytest.raises(NotFound):
        await appointments.cancel(patient.ctx, "aptnone")
    assert (await clinic.now(booked)).state == "BOOKED"


async def test_what_has_expired_cannot_be_cancelled(clinic, patient, slot):
    held = await clinic.hold(patient, slot)
    await clinic.later(minutes=15)
    await clinic.work()
    with pytest.raises(WrongState):
        await clinic.cancel(patient, held)


async def test_a_hold_with_an_open_payment_is_closed_at_the_platform(clinic, patient, slot):
    held = await clinic.hold(patient, slot)
    await clinic.ticket(patient, held)
    await clinic.cancel(patient, held)
    await clinic.work()
    assert [order["state"] for order in (await clinic.books())["orders"]] == ["CLOSED"]
    assert (await clinic.order(held)).state == "CLOSED"


async def test_money_on_its_way_to_a_cancelled_hold_goes_back(clinic, patient, slot):
    held = await clinic.hold(patient, slot)
    await clinic.pays(await clinic.ticket(patient, held))
    await clinic.notified()
    await clinic.cancel(patient, held)  # the payment is known, the seat not yet
    await clinic.refunded()
    assert (await clinic.now(held)).state == "CANCELLED"
    assert (await clinic.order(held)).state == "REFUNDED"
    assert await clinic.told(patient) == ["预约已取消", "退款已到账"]


async def test_money_that_slips_in_while_a_cancelled_hold_is_closed_goes_back(
    clinic, patient, slot
):
    held = await clinic.hold(patient, slot)
    await clinic.ticket(patient, held)
    await clinic.fault("*/close", "pay_during_close")
    await clinic.fault("notify/TRANSACTION.*", "notify_never")
    await clinic.cancel(patient, held)
    await clinic.refunded()
    assert (await clinic.order(held)).state == "REFUNDED"


async def test_money_that_comes_when_the_platform_was_silent_goes_back(clinic, patient, slot):
    held = await clinic.hold(patient, slot)
    ticket = await clinic.ticket(patient, held)
    await clinic.fault("/v3/pay/transactions/out-trade-no/*", "busy", times=2)
    await clinic.cancel(patient, held)
    await clinic.work()  # could not close it: the delivery is tried again
    await clinic.pays(ticket)
    await clinic.patience(2, minutes=1)
    await clinic.refunded()
    assert (await clinic.order(held)).state == "REFUNDED"


async def test_paying_a_cancelled_number_is_refused(clinic, patient, slot):
    held = await clinic.hold(patient, slot)
    await clinic.cancel(patient, held)
    with pytest.raises(WrongState):
        await clinic.ticket(patient, held)


async def test_a_press_that_was_under_way_when_all_was_unwound_is_refunded(clinic, patient, slot):
    held = await clinic.hold(patient, slot)
    await clinic.cancel(patient, held)
    await clinic.work()  # there was no order yet that could be closed
    spec = OrderSpec(
        purpose=held.purpose,
        account=held.account,
        title="挂号费",
        amount_fen=held.fee_fen,
        expires_at=held.expires_at,
    )
    ticket = await payments.open(patient.ctx, spec, JSAPI, "127.0.0.1")
    await clinic.pays(ticket)
    await clinic.notified()
    await clinic.refunded()
    assert (await clinic.order(held)).state == "REFUNDED"
    assert (await clinic.now(held)).state == "CANCELLED"
