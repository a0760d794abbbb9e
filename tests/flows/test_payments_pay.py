"""Opening payment on either platform: one attempt at a time, the same one for every press, nothing
paid twice.
"""

import asyncio

import pytest

from booking.appointments import service as appointments
from booking.appointments.model import HoldExpired
from booking.payments.model import ALIPAY, ALIPAY_WAP, H5, JSAPI, CannotPayHere, OrderPaid
from tests.helpers.outpatient import IN_ONE_LOOP, eventually
from tests.helpers.paying import SIDES, given, prepay_of
from wx_backend.base.context import Actor
from wx_backend.base.errors import (
    AppError,
    GatewayRefused,
    GatewayUnknown,
    Invalid,
    NotFound,
    WrongState,
)

pytestmark = IN_ONE_LOOP

both_platforms = pytest.mark.usefixtures("side")


@pytest.fixture(params=["inside", "page", "code"])
def method(request, side) -> str:
    """Each way to pay of each platform."""
    return getattr(side, request.param)


async def orders(clinic) -> list[dict]:
    return (await clinic.books())["orders"]


async def test_a_press_opens_an_order_at_the_platform(side, method, clinic, patient, held):
    """Its pay page is opened at Alipay by who comes to it. The platform is not told what for."""
    ticket = await clinic.ticket(patient, held, method)
    title = (await clinic.order(held)).title
    assert held.department not in title and held.doctor not in title
    if method == ALIPAY_WAP:
        assert await orders(clinic) == []
        await clinic.http.get(ticket.url)
    [order] = await orders(clinic)
    assert (order["total"], order["state"]) == (held.fee_fen, "NOTPAY")
    assert order["openid"] == (patient.openid if method == side.inside else None)
    assert (await clinic.order(held)).state == "OPEN"


async def test_pressing_again_hands_out_the_same(method, clinic, patient, held):
    first = await clinic.ticket(patient, held, method)
    again = await clinic.ticket(patient, held, method)
    assert given(first) == given(again)
    assert len((await clinic.order(held)).ledger().attempts) == 1


async def test_each_way_to_pay_books(method, clinic, patient, held):
    await clinic.pays(await clinic.ticket(patient, held, method))
    await clinic.notified()
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"
    assert (await clinic.order(held)).state == "PAID"


@both_platforms
async def test_the_other_platform_closes_what_is_open_on_this_one(clinic, patient, held):
    [other] = [one for one in SIDES if one is not clinic.side]
    await clinic.ticket(patient, held)
    ticket = await clinic.ticket(patient, held, other.code)
    assert [order["state"] for order in await orders(clinic)] == ["CLOSED"]
    await clinic.pays(ticket)
    await clinic.notified(other.notices())
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"


@both_platforms
async def test_the_other_platform_is_not_paid_when_this_one_was(clinic, patient, held):
    """Nobody told us yet."""
    [other] = [one for one in SIDES if one is not clinic.side]
    await clinic.fault("notify/*", "notify_never")
    await clinic.pays(await clinic.ticket(patient, held))
    with pytest.raises(OrderPaid):
        await clinic.ticket(patient, held, other.code)
    assert (await clinic.books(other))["orders"] == []


async def test_another_method_closes_the_first_attempt_at_the_platform(clinic, patient, held):
    await clinic.ticket(patient, held, JSAPI)
    await clinic.ticket(patient, held, H5)
    await clinic.ticket(patient, held, JSAPI)
    assert [order["state"] for order in await orders(clinic)] == ["CLOSED", "CLOSED", "NOTPAY"]
    assert [order["kind"] for order in await orders(clinic)] == ["jsapi", "h5", "jsapi"]


async def test_another_method_after_paying_finds_the_payment(clinic, patient, held):
    await clinic.fault("notify/*", "notify_never")
    await clinic.pays(await clinic.ticket(patient, held, JSAPI))
    with pytest.raises(OrderPaid):
        await clinic.ticket(patient, held, H5)
    assert len(await orders(clinic)) == 1
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"


async def test_a_booked_number_is_not_paid_again(clinic, patient):
    [slot] = await clinic.opens()
    booked = await clinic.booked(patient, slot)
    with pytest.raises(WrongState):
        await clinic.ticket(patient, booked)
    assert len(await orders(clinic)) == 1


@pytest.mark.parametrize("swept", [False, True])
async def test_paying_after_the_hold_ran_out_is_refused(clinic, patient, held, swept):
    await clinic.later(minutes=15)
    if swept:
        await clinic.work()
    with pytest.raises(HoldExpired):
        await clinic.ticket(patient, held)
    assert await orders(clinic) == []


async def test_anothers_number_is_not_there_to_pay(clinic, patient, held):
    other = await clinic.patient()
    with pytest.raises(NotFound):
        await clinic.ticket(other, held)
    assert await orders(clinic) == []


async def test_an_unknown_method_is_refused(clinic, patient, held):
    with pytest.raises(Invalid):
        await clinic.ticket(patient, held, "gold")
    assert await clinic.order(held) is None


@both_platforms
async def test_who_is_not_known_to_the_platform_cannot_pay_inside_its_app(clinic, patient, held):
    await clinic.house.db.raw("appointments").update_one(
        {"_id": held.id}, {"$set": {"account": "accstranger"}}
    )
    stranger = patient.ctx.acting_as(Actor("account", "accstranger"))
    with pytest.raises(CannotPayHere) as refused:
        await appointments.pay(stranger, held.id, clinic.side.inside, "127.0.0.1")
    apps = {JSAPI: "微信", ALIPAY: "支付宝"}
    assert [app for app in apps.values() if app in refused.value.message] == [
        apps[clinic.side.inside]
    ]
    ticket = await appointments.pay(stranger, held.id, clinic.side.page, "127.0.0.1")
    assert ticket.url


@both_platforms
@pytest.mark.parametrize("way", ["inside", "code"])
async def test_a_lost_answer_is_asked_for_again_under_the_same_number(clinic, patient, held, way):
    method = getattr(clinic.side, way)
    await clinic.fault(clinic.side.opens, "lost_reply")
    with pytest.raises(GatewayUnknown):
        await clinic.ticket(patient, held, method)
    [opened] = await orders(clinic)
    await appointments.pay(patient.ctx, held.id, method, "10.0.0.9")
    [again] = await orders(clinic)
    assert again["prepay_id"] == opened["prepay_id"]


@both_platforms
@pytest.mark.parametrize("kind", ["reset", "truncate", "html", "bad_sign", "busy"])
async def test_trouble_while_opening_leaves_one_attempt_that_books(clinic, patient, held, kind):
    await clinic.fault(clinic.side.opens, kind)
    with pytest.raises(GatewayUnknown):
        await clinic.ticket(patient, held)
    assert (await clinic.now(held)).state == "HELD"
    await clinic.pays(await clinic.ticket(patient, held))
    await clinic.notified()
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"
    assert [order["state"] for order in await orders(clinic)] == ["SUCCESS"]


@both_platforms
async def test_a_hanging_platform_leaves_the_number_held(clinic, patient, held, impatient):
    await clinic.fault(clinic.side.opens, "hang", value=1)
    with pytest.raises(GatewayUnknown):
        await clinic.ticket(patient, held)
    assert (await clinic.now(held)).state == "HELD"
    await clinic.ticket(patient, held)
    assert len(await orders(clinic)) == 1


@both_platforms
async def test_a_refusing_platform_is_said_so_and_the_number_stays_held(clinic, patient, held):
    await clinic.fault(clinic.side.opens, "refused")
    with pytest.raises(GatewayRefused) as refusal:
        await clinic.ticket(patient, held)
    assert refusal.value.data["platform_code"] in ("NO_AUTH", "isv.insufficient-isv-permissions")
    assert (await clinic.now(held)).state == "HELD"
    await clinic.pays(await clinic.ticket(patient, held))
    await clinic.notified()
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"


@both_platforms
async def test_a_payment_while_the_answer_was_lost_is_found_by_the_next_press(
    clinic, patient, held
):
    await clinic.fault(clinic.side.opens, "lost_reply")
    await clinic.fault("notify/*", "notify_never")
    with pytest.raises(GatewayUnknown):
        await clinic.ticket(patient, held)
    [opened] = await orders(clinic)
    await clinic.ctl(f"{clinic.side.control}pay", out_trade_no=opened["out_trade_no"])
    with pytest.raises(OrderPaid):
        await clinic.ticket(patient, held)
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"


async def test_an_attempt_the_platform_never_took_is_not_asked_about_for_ever(
    clinic, patient, held
):
    await clinic.fault(clinic.side.opens, "refused")
    with pytest.raises(GatewayRefused):
        await clinic.ticket(patient, held)
    await clinic.patience(4, minutes=5)
    assert (await clinic.now(held)).state == "EXPIRED"
    [order] = await clinic.docs("orders")
    assert "due_at" not in order


@both_platforms
async def test_ten_presses_at_once_are_one_order(clinic, patient, held):
    tickets = await asyncio.gather(*(clinic.ticket(patient, held) for _ in range(10)))
    assert len({given(ticket) for ticket in tickets}) == 1
    assert len(await orders(clinic)) == 1


async def test_an_address_that_has_run_out_is_replaced_by_a_new_attempt(clinic, patient, held):
    first = await clinic.ticket(patient, held, H5)
    past = clinic.house.wire.now()
    await clinic.house.db.raw("orders").update_one(
        {"_id": first.order}, {"$set": {"entries.1.data.until": past}}
    )
    second = await clinic.ticket(patient, held, H5)
    assert prepay_of(second) != prepay_of(first)
    assert [order["state"] for order in await orders(clinic)] == ["CLOSED", "NOTPAY"]


async def test_what_opens_after_its_hold_has_ended_is_given_to_nobody(clinic, patient, held):
    await clinic.fault(clinic.side.opens, "slow", value=0.5)
    pressing = asyncio.create_task(clinic.ticket(patient, held))
    await eventually(lambda: clinic.docs("orders"))
    await clinic.later(minutes=16)
    await clinic.work()
    with pytest.raises(WrongState):
        await pressing
    assert (await clinic.now(held)).state == "EXPIRED"
    assert [order["state"] for order in await orders(clinic)] == ["CLOSED"]


async def test_two_methods_at_once_leave_one_attempt_that_can_be_paid(clinic, patient, held):
    presses = [clinic.ticket(patient, held, method) for method in (JSAPI, H5) * 4]
    given = await asyncio.gather(*presses, return_exceptions=True)
    assert all(not isinstance(one, Exception) or isinstance(one, AppError) for one in given)
    last = await clinic.ticket(patient, held, JSAPI)
    open_ones = [order for order in await orders(clinic) if order["state"] == "NOTPAY"]
    assert [order["prepay_id"] for order in open_ones] == [prepay_of(last)]


async def test_a_slow_opening_is_not_taken_for_a_dead_one(clinic, patient, held):
    await clinic.fault(clinic.side.opens, "slow", value=0.5)
    pressing = asyncio.create_task(clinic.ticket(patient, held))
    await eventually(lambda: clinic.docs("orders"))
    await clinic.later(seconds=6)
    await clinic.work()  # asks, and the platform has not heard of it yet
    ticket = await pressing
    await clinic.pays(ticket)
    await clinic.notified()
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"
