"""Paid too late: seated again on the same number or another, or the money back; told which."""

import asyncio

import pytest

from booking.appointments import service as appointments
from booking.appointments import store
from booking.appointments.events import EXPIRED
from booking.payments import posting
from booking.payments import store as orders
from tests.helpers.outpatient import IN_ONE_LOOP
from tests.helpers.paying import ALIPAY_SIDE
from wx_backend.base.events import happened

pytestmark = IN_ONE_LOOP

both_platforms = pytest.mark.usefixtures("side")


async def let_go(clinic, patient, held):
    """The hold is freed while the platform is silent: its attempt may still be paid."""
    ticket = await clinic.ticket(patient, held)
    await clinic.fault(clinic.side.asks, "busy", times=None)
    await clinic.patience(2, minutes=15)
    await clinic.ctl("clear", what="faults")
    assert (await clinic.now(held)).state == "EXPIRED"
    await clinic.hospital.catch_up()
    return ticket


async def pays_late(clinic, ticket) -> None:
    await clinic.pays(ticket)
    await clinic.notified()
    await clinic.work()


@both_platforms
async def test_while_its_number_is_free_it_is_seated_on_it(clinic, patient):
    [slot] = await clinic.opens(capacity=2)
    held = await clinic.hold(patient, slot)
    await pays_late(clinic, await let_go(clinic, patient, held))
    seated = await clinic.now(held)
    assert (seated.state, seated.rescue, seated.number) == ("BOOKED", "seated", held.number)
    assert await clinic.told(patient) == ["预约超时未支付", "预约成功"]
    assert "已为您保留" in (await clinic.texts(patient))[-1]
    await clinic.hospital.catch_up()
    assert clinic.free(slot) == 1


@both_platforms
async def test_when_its_number_is_gone_it_gets_another_of_the_slot(clinic, patient):
    [slot] = await clinic.opens(capacity=3)
    held = await clinic.hold(patient, slot)
    ticket = await let_go(clinic, patient, held)
    other = await clinic.hold(await clinic.patient(), slot)
    assert other.number == held.number
    await pays_late(clinic, ticket)
    seated = await clinic.now(held)
    assert (seated.state, seated.rescue, seated.number) == ("BOOKED", "moved", 2)
    assert seated.serial == slot.serial(2)
    assert await clinic.told(patient) == ["预约超时未支付", "就诊时间已调整"]
    assert "改到" in (text := (await clinic.texts(patient))[-1])
    assert seated.serial in text
    await clinic.hospital.catch_up()
    assert clinic.free(slot) == 1


async def refunded_because(clinic, patient, held, words: str) -> None:
    ended = await clinic.now(held)
    assert (ended.state, ended.rescue) == ("EXPIRED", "refund")
    assert (await clinic.order(held)).ledger().kept_fen == 0  # on its way back, or there already
    await clinic.refunded()
    assert (await clinic.order(held)).state == "REFUNDED"
    assert (await clinic.told(patient))[-2:] == ["预约未成功，费用将退回", "退款已到账"]
    assert words in (await clinic.texts(patient))[-2]
    assert (await clinic.books())["sums"]["refunded"] == held.fee_fen


@both_platforms
async def test_late_success_after_the_platforms_own_time_is_seated(clinic, patient):
    """The platform too has said that nobody can pay any more, and takes money all the same."""
    [slot] = await clinic.opens()
    held = await clinic.hold(patient, slot)
    await let_go(clinic, patient, held)
    [attempt] = (await clinic.order(held)).ledger().attempts.values()
    table = "alipay_trades" if clinic.side is ALIPAY_SIDE else "orders"
    over = {"out_trade_no": attempt.no, "expires": 0}
    await clinic.ctl("books/rows", table=table, change=[over])
    assert (await clinic.tries_to_pay(attempt)).status_code == 400
    await clinic.fault("pay", "late_success")
    assert (await clinic.tries_to_pay(attempt)).status_code == 200
    await clinic.notified()
    await clinic.work()
    seated = await clinic.now(held)
    assert (seated.state, seated.rescue) == ("BOOKED", "seated")
    assert (await clinic.order(held)).state == "PAID"


@both_platforms
async def test_when_the_slot_is_full_the_money_goes_back(clinic, patient):
    [slot] = await clinic.opens(capacity=1)
    held = await clinic.hold(patient, slot)
    ticket = await let_go(clinic, patient, held)
    await clinic.hold(await clinic.patient(), slot)
    await pays_late(clinic, ticket)
    await refunded_because(clinic, patient, held, "号源已满")


async def test_when_the_person_has_another_number_the_money_goes_back(clinic, patient):
    slot, other = await clinic.opens(slots=2)
    held = await clinic.hold(patient, slot)
    ticket = await let_go(clinic, patient, held)
    again = await clinic.hold(patient, other)
    await pays_late(clinic, ticket)
    await refunded_because(clinic, patient, held, "已另有预约")
    await clinic.cancel(patient, again)


async def test_when_the_slot_has_begun_the_money_goes_back(clinic, patient):
    [slot] = await clinic.opens(days=1)
    held = await clinic.hold(patient, slot)
    ticket = await let_go(clinic, patient, held)
    await clinic.later(hours=23)
    await pays_late(clinic, ticket)
    await refunded_because(clinic, patient, held, "已过就诊时间")


async def lapses(clinic, patient, held):
    """The platform takes money after having said that it takes none."""
    ticket = await clinic.ticket(patient, held)
    ctx, order = clinic.hospital.ctx(), await clinic.order(held)
    [attempt] = order.ledger().attempts
    await orders.append(
        ctx, order, lambda _, known: posting.closed(known, attempt, held.expires_at)
    )
    await clinic.later(minutes=15)
    await clinic.work()
    assert (await clinic.order(held)).state == "LAPSED"
    await clinic.hospital.catch_up()
    return ticket


async def test_money_for_a_lapsed_order_seats_again_and_is_kept(clinic, patient):
    [slot] = await clinic.opens()
    held = await clinic.hold(patient, slot)
    await pays_late(clinic, await lapses(clinic, patient, held))
    assert (await clinic.now(held)).rescue == "seated"
    assert (await clinic.order(held)).state == "PAID"


async def test_money_for_a_lapsed_order_goes_back_when_nothing_is_left(clinic, patient):
    [slot] = await clinic.opens(capacity=1)
    held = await clinic.hold(patient, slot)
    ticket = await lapses(clinic, patient, held)
    await clinic.hold(await clinic.patient(), slot)
    await pays_late(clinic, ticket)
    await clinic.refunded()
    assert (await clinic.now(held)).rescue == "refund"
    assert (await clinic.order(held)).state == "REFUNDED"


async def test_late_money_that_nobody_tells_of_is_found_by_asking(clinic, patient):
    [slot] = await clinic.opens()
    held = await clinic.hold(patient, slot)
    ticket = await let_go(clinic, patient, held)
    await clinic.fault("notify/*", "notify_never")
    await clinic.pays(ticket)
    await clinic.later(hours=6)
    await clinic.work()
    assert (await clinic.now(held)).rescue == "seated"


async def test_a_seat_taken_again_can_be_cancelled_and_refunded(clinic, patient):
    [slot] = await clinic.opens()
    held = await clinic.hold(patient, slot)
    await pays_late(clinic, await let_go(clinic, patient, held))
    await clinic.cancel(patient, held)
    await clinic.refunded()
    assert (await clinic.order(held)).state == "REFUNDED"
    await clinic.hospital.catch_up()
    assert clinic.free(slot) == slot.capacity


async def test_many_late_payments_share_what_is_left(clinic):
    """Four let go, two places left: two are seated, two get their money back."""
    [slot] = await clinic.opens(capacity=4)
    late = await clinic.patients(4)
    holds = [await clinic.hold(one, slot) for one in late]
    tickets = [await clinic.ticket(one, held) for one, held in zip(late, holds, strict=True)]
    await clinic.fault(clinic.side.asks, "busy", times=None)
    await clinic.patience(2, minutes=15)
    await clinic.ctl("clear", what="faults")
    await clinic.hospital.catch_up()
    for one in await clinic.patients(2):
        await clinic.hold(one, slot)
    await asyncio.gather(*(clinic.pays(ticket) for ticket in tickets))
    await clinic.notified()
    await asyncio.gather(
        *(appointments.seat(clinic.hospital.ctx(), held.purpose) for held in holds * 2)
    )
    await clinic.work()
    found = [await clinic.now(held) for held in holds]
    assert sorted(one.state for one in found) == ["BOOKED", "BOOKED", "EXPIRED", "EXPIRED"]
    assert [one.rescue for one in found if one.state == "EXPIRED"] == ["refund", "refund"]


async def test_a_seat_that_comes_second_to_the_expiry_is_a_late_payment(
    clinic, patient, monkeypatch
):
    """The hold ends between reading it and booking it: the money is not left without a seat."""
    [slot] = await clinic.opens()
    held = await clinic.hold(patient, slot)
    await clinic.pays(await clinic.ticket(patient, held))
    await clinic.notified()
    advance = store.advance

    async def overtaken(ctx, appointment, state, event, **fields):
        expiry = happened(ctx, EXPIRED, appointment.id, 2, **appointment.facts())
        await store.end(ctx, appointment, "EXPIRED", expiry)
        return await advance(ctx, appointment, state, event, **fields)

    monkeypatch.setattr(store, "advance", overtaken)
    await appointments.seat(clinic.hospital.ctx(), held.purpose)
    seated = await clinic.now(held)
    assert (seated.state, seated.rescue) == ("BOOKED", "seated")
