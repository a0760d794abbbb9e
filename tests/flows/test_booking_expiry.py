"""A hold runs out: the platform is asked, then closed, then the number is free; money is seen."""

import pytest

from booking.appointments import service as appointments
from booking.payments import posting
from booking.payments import service as payments
from booking.payments.model import H5, OrderSpec
from booking.payments.posting import OrderClosed
from tests.helpers.outpatient import IN_ONE_LOOP

pytestmark = IN_ONE_LOOP

PAID = "notify/*"
both_platforms = pytest.mark.usefixtures("side")


async def states(clinic) -> list[str]:
    return [order["state"] for order in (await clinic.books())["orders"]]


async def test_an_unpaid_hold_keeps_its_number_for_its_time(clinic, patient, slot, held):
    await clinic.later(minutes=14, seconds=50)
    await clinic.work()
    assert (await clinic.now(held)).state == "HELD"


async def test_an_unpaid_hold_frees_its_number_and_is_told_so_once(clinic, patient, slot, held):
    await clinic.later(minutes=15)
    await clinic.work()
    expired = await clinic.now(held)
    assert (expired.state, expired.ended_by) == ("EXPIRED", "system")
    assert await clinic.told(patient) == ["预约超时未支付"]
    assert len(await clinic.events("appointment.expired")) == 1
    next_one = await clinic.patient()
    await clinic.hospital.catch_up()
    assert (await clinic.hold(next_one, slot)).number == held.number


@both_platforms
async def test_an_open_attempt_is_closed_at_the_platform_first(clinic, patient, slot, held):
    await clinic.ticket(patient, held)
    await clinic.later(minutes=15)
    await clinic.work()
    assert (await clinic.now(held)).state == "EXPIRED"
    assert await states(clinic) == ["CLOSED"]
    order = await clinic.order(held)
    assert order.state == "LAPSED"
    assert order.ledger().live_attempt() is None
    [number] = order.ledger().attempts
    url = f"{clinic.sandbox.url}/_ctl/{clinic.side.control}pay"
    answer = await clinic.http.post(url, json={"out_trade_no": number})
    assert answer.status_code == 400  # nobody can pay what we let go


@both_platforms
async def test_paid_at_the_last_moment_and_never_told_is_found_and_seated(
    clinic, patient, slot, held
):
    await clinic.fault(PAID, "notify_never")
    ticket = await clinic.ticket(patient, held)
    await clinic.patience(3, minutes=4)  # the next look is ten minutes away
    await clinic.pays(ticket)
    await clinic.later(minutes=3)
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"
    assert await clinic.told(patient) == ["预约成功"]


@both_platforms
async def test_paid_while_it_was_being_closed_is_seated(clinic, patient, slot, held):
    await clinic.fault(clinic.side.closes, "pay_during_close")
    await clinic.fault(PAID, "notify_never")
    await clinic.ticket(patient, held)
    await clinic.later(minutes=15)
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"
    assert (await clinic.order(held)).state == "PAID"


@both_platforms
async def test_an_answer_lost_while_closing_is_asked_for_again(clinic, patient, slot, held):
    await clinic.fault(clinic.side.closes, "lost_reply")
    await clinic.ticket(patient, held)
    await clinic.later(minutes=15)
    await clinic.work()
    assert (await clinic.now(held)).state == "HELD"
    await clinic.later(seconds=31)
    await clinic.work()
    assert (await clinic.now(held)).state == "EXPIRED"
    assert await states(clinic) == ["CLOSED"]


@both_platforms
async def test_while_the_platform_hangs_the_number_is_kept_for_ten_minutes(
    clinic, patient, slot, held, impatient
):
    await clinic.ticket(patient, held)
    await clinic.fault(clinic.side.asks, "hang", times=None, value=0.5)
    await clinic.later(minutes=16)
    await clinic.work()
    assert (await clinic.now(held)).state == "HELD"
    await clinic.later(minutes=8)
    await clinic.work()
    assert (await clinic.now(held)).state == "HELD"
    await clinic.later(minutes=2)
    await clinic.work()
    assert (await clinic.now(held)).state == "EXPIRED"
    assert (await clinic.order(held)).ledger().live_attempt()
    await clinic.ctl("clear", what="faults")
    await clinic.later(hours=1)
    await clinic.work()
    assert (await clinic.now(held)).state == "EXPIRED"
    assert await states(clinic) == ["CLOSED"]  # nobody can pay for what is no longer theirs
    assert (await clinic.order(held)).state == "LAPSED"
    [order] = await clinic.docs("orders")
    assert "due_at" not in order, "nothing of it is looked after for ever"


async def test_an_order_that_nobody_got_to_pay_lapses_too(clinic, patient, slot, held, monkeypatch):
    """The process died between making the order and its first attempt."""
    monkeypatch.setattr(posting, "open_attempt", lambda *_: [])
    with pytest.raises(AttributeError):
        await clinic.ticket(patient, held)
    monkeypatch.undo()
    await clinic.later(minutes=15)
    await clinic.work()
    assert (await clinic.order(held)).state == "LAPSED"


async def test_a_press_that_is_overtaken_by_the_lapse_opens_nothing(clinic, patient, slot, held):
    await clinic.ticket(patient, held)
    await clinic.later(minutes=15)
    await clinic.work()
    before = await clinic.stored()
    spec = OrderSpec(
        purpose=held.purpose,
        account=held.account,
        title="挂号费",
        amount_fen=held.fee_fen,
        expires_at=held.expires_at,
    )
    with pytest.raises(OrderClosed):
        await payments.open(patient.ctx, spec, H5, "127.0.0.1")
    assert await clinic.stored() == before


async def test_one_hanging_payment_holds_up_no_other_hold(clinic, patient, slot, held, impatient):
    await clinic.ticket(patient, held)
    [other_slot] = await clinic.opens()
    others = [await clinic.hold(one, other_slot) for one in await clinic.patients(3)]
    await clinic.fault(clinic.side.asks, "hang", times=None, value=0.5)
    await clinic.later(minutes=16)
    await clinic.work()
    assert (await clinic.now(held)).state == "HELD"
    assert {(await clinic.now(one)).state for one in others} == {"EXPIRED"}


async def test_the_attempt_in_a_browser_is_closed_too(clinic, patient, slot, held):
    await clinic.ticket(patient, held, H5)
    await clinic.later(minutes=15)
    await clinic.work()
    assert await states(clinic) == ["CLOSED"]


@both_platforms
async def test_coming_back_from_the_cashier_finds_the_payment(clinic, patient, slot, held):
    await clinic.fault(PAID, "notify_never")
    await clinic.pays(await clinic.ticket(patient, held))
    assert (await appointments.check_payment(patient.ctx, held.id)).state == "BOOKED"
    assert (await appointments.check_payment(patient.ctx, held.id)).state == "BOOKED"
    await clinic.work()
    assert len(await clinic.events("appointment.booked")) == 1


@both_platforms
async def test_coming_back_unpaid_or_without_an_answer_stays_held(
    clinic, patient, slot, held, impatient
):
    assert (await appointments.check_payment(patient.ctx, held.id)).state == "HELD"
    await clinic.ticket(patient, held)
    assert (await appointments.check_payment(patient.ctx, held.id)).state == "HELD"
    await clinic.fault(clinic.side.asks, "hang", value=0.5)
    assert (await appointments.check_payment(patient.ctx, held.id)).state == "HELD"
    await clinic.fault(clinic.side.asks, "rate_limit")
    assert (await appointments.check_payment(patient.ctx, held.id)).state == "HELD"


async def test_asking_often_does_not_make_the_worker_ask_seldom(clinic, patient, slot, held):
    await clinic.ticket(patient, held)
    [before] = await clinic.docs("orders")
    for _ in range(5):
        await appointments.check_payment(patient.ctx, held.id)
    [after] = await clinic.docs("orders")
    assert after == before
