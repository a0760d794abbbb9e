"""Money goes back on either platform: answers lost, refunds slow, abnormal, closed or short of
balance; one order paid twice.
"""

import pytest

from booking.payments import service as payments
from tests.helpers.outpatient import IN_ONE_LOOP, fixture
from tests.helpers.paying import ALIPAY_SIDE, SIDES, WECHAT_SIDE
from tests.helpers.timetables import tasks
from wx_backend.base.context import Actor
from wx_backend.base.errors import Invalid
from wx_backend.gateways.http import adapter

TROUBLE = ("hang", "reset", "html", "truncate", "bad_sign", "busy", "rate_limit")

pytestmark = [IN_ONE_LOOP, pytest.mark.usefixtures("side")]


@fixture
async def booked(side, clinic, patient):
    [slot] = await clinic.opens()
    return await clinic.booked(patient, slot)


async def state(clinic, booked) -> str:
    return (await clinic.order(booked)).state


async def refunds(clinic) -> list[tuple[str, int]]:
    return [(one["status"], one["amount"]) for one in (await clinic.books())["refunds"]]


async def once(clinic, booked) -> None:
    """Refunded exactly once, and told once."""
    await clinic.patience(3, minutes=11)
    assert await state(clinic, booked) == "REFUNDED"
    assert await refunds(clinic) == [("SUCCESS", booked.fee_fen)]
    assert len(await clinic.events("payment.refunded")) == 1
    await clinic.balanced()


async def test_a_lost_answer_is_sent_again_under_the_same_number(clinic, patient, booked):
    await clinic.fault(clinic.side.refunds, "lost_reply")
    await clinic.cancel(patient, booked)
    await clinic.work()
    await clinic.paid_out()
    await once(clinic, booked)


@pytest.mark.parametrize("kind", TROUBLE)
async def test_trouble_on_the_way_only_costs_time(clinic, patient, booked, monkeypatch, kind):
    await clinic.fault(clinic.side.refunds, kind, value=0.5 if kind == "hang" else None)
    await clinic.cancel(patient, booked)
    with monkeypatch.context() as patch:
        if kind == "hang":
            patch.setattr(adapter, "TIMEOUT", (1.0, 0.3))
        await clinic.work()
    await clinic.later(seconds=31)
    await clinic.work()
    await clinic.paid_out()
    await once(clinic, booked)


async def test_a_slow_refund_is_asked_after_until_it_has_arrived(clinic, patient, booked):
    await clinic.fault(clinic.side.refunds, "refund_processing", value=3)
    await clinic.fault(clinic.side.back, "notify_never")
    await clinic.cancel(patient, booked)
    await clinic.work()
    assert await state(clinic, booked) == "REFUNDING"
    assert await refunds(clinic) == [("PROCESSING", booked.fee_fen)]
    await clinic.patience(4, minutes=11)
    await once(clinic, booked)


async def test_the_platform_tells_of_a_refund_before_we_ask(clinic, patient, booked):
    await clinic.cancel(patient, booked)
    await clinic.work()
    assert {one["status"] for one in await clinic.notified("REFUND")} == {clinic.side.heard}
    assert await state(clinic, booked) == "REFUNDED"
    await once(clinic, booked)
    assert (await clinic.told(patient))[-1] == "退款已到账"


async def test_repeated_news_of_a_refund_changes_nothing(clinic, patient, booked):
    await clinic.fault(clinic.side.back, "notify_dup", value=3)
    await clinic.cancel(patient, booked)
    await clinic.work()
    told = await clinic.notified("REFUND", answers=4)
    assert [one["status"] for one in told] == [clinic.side.heard] * 4
    await once(clinic, booked)


@pytest.mark.parametrize("kind", ["bad_sign", "notify_other_mch", "signtest"])
async def test_false_news_of_a_refund_is_refused(clinic, patient, booked, kind):
    await told_falsely(clinic, patient, booked, kind)


@pytest.mark.parametrize("side", [WECHAT_SIDE], ids=str, indirect=True)
async def test_news_of_another_amount_is_refused(clinic, patient, booked):
    """Alipay's news says nothing of this refund's own amount: it is asked after."""
    await told_falsely(clinic, patient, booked, "notify_amount", value=-1)


async def told_falsely(clinic, patient, booked, kind, value=None) -> None:
    await clinic.fault(clinic.side.back, kind, value=value)
    await clinic.cancel(patient, booked)
    await clinic.work()
    told = await clinic.notified("REFUND", answers=2)
    assert [one["status"] for one in told[:2]] == [400, clinic.side.heard]
    await once(clinic, booked)


async def test_an_abnormal_refund_waits_for_a_person_and_the_patient_sees_it(
    clinic, patient, booked
):
    """WeChat Pay takes it and cannot pay it out; Alipay will not take it."""
    await clinic.fault(clinic.side.refunds, "refund_abnormal", times=None)
    await clinic.cancel(patient, booked)
    await clinic.work()
    await clinic.paid_out()
    await clinic.patience(2, minutes=1)
    assert await state(clinic, booked) == "REFUNDING"
    assert (await clinic.told(patient))[-1] == "退款正在人工处理"
    assert len(await clinic.events("payment.refund_abnormal")) == 1
    [task] = await clinic.docs("tasks", kind="refund_abnormal", subject=(await the_order(clinic)))
    assert task["state"] == "OPEN"
    await clinic.balanced()
    await clinic.patience(3, hours=6)
    assert len(await refunds(clinic)) == (1 if clinic.side is WECHAT_SIDE else 0)
    assert len(await clinic.events("payment.refund_abnormal")) == 1


async def the_order(clinic) -> str:
    [order] = await clinic.docs("orders")
    return order["_id"]


@pytest.mark.parametrize("side", [WECHAT_SIDE], ids=str, indirect=True)
async def test_a_refund_the_platform_gave_up_is_still_owed(clinic, patient, booked):
    await clinic.fault(clinic.side.refunds, "refund_closed")
    await clinic.cancel(patient, booked)
    await clinic.work()
    await clinic.paid_out()
    await clinic.patience(2, minutes=1)
    assert await state(clinic, booked) == "REFUNDING"
    assert (await clinic.told(patient))[-1] == "退款正在人工处理"
    assert (await clinic.order(booked)).ledger().kept_fen == booked.fee_fen
    assert (await clinic.books())["conserved"]


@pytest.mark.parametrize("side", [ALIPAY_SIDE], ids=str, indirect=True)
async def test_a_refund_that_the_platform_took_and_forgot_is_sent_again(clinic, patient, booked):
    await clinic.fault(clinic.side.refunds, "refund_closed")
    await clinic.cancel(patient, booked)
    await clinic.work()
    assert await refunds(clinic) == []
    await once(clinic, booked)


async def test_a_merchant_short_of_balance_refunds_later(clinic, patient, booked):
    await clinic.fault(clinic.side.refunds, "refund_not_enough", times=2)
    await clinic.cancel(patient, booked)
    await clinic.work()
    assert await refunds(clinic) == []
    assert await state(clinic, booked) == "REFUNDING"
    cashier = clinic.hospital.ctx().acting_as(Actor("staff", "stf-cash", frozenset({"finance"})))
    [task] = await tasks(cashier, "merchant_short")
    assert task.startswith("商户号 ")
    await clinic.patience(2, minutes=3)
    await clinic.paid_out()
    await once(clinic, booked)
    assert "退款正在人工处理" not in await clinic.told(patient)
    assert await tasks(cashier, "merchant_short") == [], "one has gone through"


async def test_a_wrong_clock_is_no_reason_to_bother_the_patient(clinic, patient, booked):
    await clinic.fault(clinic.side.refunds, "clock_skew")
    await clinic.cancel(patient, booked)
    await clinic.work()
    await clinic.patience(2, minutes=1)
    await clinic.paid_out()
    await once(clinic, booked)
    assert "退款正在人工处理" not in await clinic.told(patient)


async def test_a_refused_refund_is_told_once_and_tried_again_seldom(clinic, patient, booked):
    await clinic.fault(clinic.side.refunds, "refused", times=2)
    await clinic.cancel(patient, booked)
    await clinic.work()
    assert await refunds(clinic) == []
    assert (await clinic.told(patient))[-1] == "退款正在人工处理"
    await clinic.patience(2, minutes=3)
    assert len(await clinic.events("payment.refund_abnormal")) == 1
    await clinic.patience(2, minutes=11)
    await clinic.paid_out()
    await once(clinic, booked)


async def test_of_two_payments_of_one_order_the_second_goes_back(clinic, patient):
    """Both attempts are paid: the first was let go while its platform did not answer."""
    [slot] = await clinic.opens()
    held = await clinic.hold(patient, slot)
    first = await clinic.ticket(patient, held)
    order = await clinic.order(held)
    [no] = order.ledger().attempts
    closed = {"kind": "attempt_closed", "ref": no, "at": order.entries[0].at}
    await clinic.house.db.raw("orders").update_one(
        {"_id": order.id}, {"$push": {"entries": closed}, "$inc": {"version": 1}}
    )
    await paid_twice(
        clinic, patient, held, await clinic.ticket(patient, held, other_code(clinic)), first
    )


def other_code(clinic) -> str:
    """The code of the other platform."""
    [other] = [one for one in SIDES if one is not clinic.side]
    return other.code


async def paid_twice(clinic, patient, held, kept, late) -> None:
    """The attempt that was paid later goes back whole, on its own platform; the other one stays
    until the patient cancels.
    """
    later = clinic.side
    [other] = [one for one in SIDES if one is not later]
    await clinic.pays(kept)
    await clinic.notified(other.notices())
    await clinic.pays(late)
    await clinic.notified()
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"
    ledger = (await clinic.order(held)).ledger()
    assert (ledger.paid_fen, ledger.kept_fen) == (2 * held.fee_fen, held.fee_fen)
    clinic.side = WECHAT_SIDE  # whose refunds take their time
    await clinic.refunded()
    paid = {
        side: [one["amount"] for one in (await clinic.books(side))["refunds"]] for side in SIDES
    }
    assert paid == {later: [held.fee_fen], other: []}
    assert await state(clinic, held) == "PAID"
    assert await clinic.told(patient) == ["预约成功", "退款已到账"]
    await clinic.balanced()
    await clinic.cancel(patient, held)
    await clinic.refunded()
    paid = {
        side: [one["amount"] for one in (await clinic.books(side))["refunds"]] for side in SIDES
    }
    assert paid == {later: [held.fee_fen], other: [held.fee_fen]}
    await clinic.balanced()


@pytest.mark.parametrize("side", [ALIPAY_SIDE], ids=str, indirect=True)
async def test_a_code_that_was_let_go_and_paid_all_the_same_goes_back(clinic, patient, slot):
    """Alipay closes no code that nobody has scanned: the patient goes on to WeChat's, pays that,
    and then somebody at home pays the first one.
    """
    held = await clinic.hold(patient, slot)
    let_go = await clinic.ticket(patient, held, ALIPAY_SIDE.code)
    await clinic.fault(ALIPAY_SIDE.paid, "notify_delay", value=0.1)
    await paid_twice(
        clinic, patient, held, await clinic.ticket(patient, held, WECHAT_SIDE.code), let_go
    )


@pytest.mark.parametrize("side", [ALIPAY_SIDE], ids=str, indirect=True)
async def test_a_code_that_was_let_go_is_asked_after_when_nobody_tells(clinic, patient, slot):
    held = await clinic.hold(patient, slot)
    let_go = await clinic.ticket(patient, held, ALIPAY_SIDE.code)
    await clinic.cancel(patient, held)
    await clinic.work()
    assert await state(clinic, held) == "CLOSED"
    await clinic.fault("notify/*", "notify_never", times=None)
    await clinic.pays(let_go)
    await clinic.patience(3, seconds=40)
    assert await state(clinic, held) == "REFUNDED"
    assert await refunds(clinic) == [("SUCCESS", held.fee_fen)]


@pytest.mark.parametrize("side", [ALIPAY_SIDE], ids=str, indirect=True)
async def test_a_code_that_was_let_go_is_closed_once_somebody_scans_it(clinic, patient, slot):
    held = await clinic.hold(patient, slot)
    let_go = await clinic.ticket(patient, held, ALIPAY_SIDE.code)
    await clinic.cancel(patient, held)
    await clinic.work()
    await clinic.http.get(let_go.qr)
    await clinic.patience(3, seconds=40)
    [attempt] = (await clinic.order(held)).ledger().attempts.values()
    assert (attempt.state, attempt.loose) == ("CLOSED", False)
    assert (await clinic.tries_to_pay(attempt)).status_code == 400


async def test_staff_give_a_part_back_and_no_more_than_is_left(clinic, patient, booked):
    staff = clinic.hospital.ctx().acting_as(Actor("staff", "stf1"))
    order = await clinic.order(booked)
    for fen, reason in ((0, "多收诊查费"), (booked.fee_fen + 1, "多收诊查费"), (100, "")):
        with pytest.raises(Invalid):
            await payments.refund(staff, order.id, fen, reason)
    await payments.refund(staff, order.id, 1200, "多收诊查费")
    await clinic.refunded()
    assert (await state(clinic, booked), (await clinic.now(booked)).state) == ("PAID", "BOOKED")
    with pytest.raises(Invalid):
        await payments.refund(staff, order.id, booked.fee_fen - 1199, "多收诊查费")
    await clinic.cancel(patient, booked)
    await clinic.refunded()
    assert [fen for _, fen in await refunds(clinic)] == [1200, booked.fee_fen - 1200]
    await clinic.balanced()


async def test_a_second_part_goes_back_when_the_platform_takes_it(clinic, patient, booked, caplog):
    """A minute after the first at WeChat Pay, which is not asked before; at once at Alipay."""
    staff = clinic.hospital.ctx().acting_as(Actor("staff", "stf1"))
    order = await clinic.order(booked)
    for fen in (1200, 800):
        await payments.refund(staff, order.id, fen, "多收诊查费")
    await clinic.work()
    await clinic.paid_out()
    waits = clinic.side is WECHAT_SIDE
    assert [fen for _, fen in await refunds(clinic)] == ([1200] if waits else [1200, 800])
    await clinic.later(seconds=59)
    await clinic.work()
    assert len(await refunds(clinic)) == (1 if waits else 2)
    await clinic.later(seconds=1)
    await clinic.refunded()
    assert await refunds(clinic) == [("SUCCESS", 1200), ("SUCCESS", 800)]
    assert "order look failed" not in caplog.text
    await clinic.cancel(patient, booked)


async def test_what_came_and_went_is_in_the_moves_of_the_day(clinic, patient, booked):
    await clinic.cancel(patient, booked)
    await clinic.refunded()
    ctx = clinic.hospital.ctx()
    order = await clinic.order(booked)
    [attempt] = order.ledger().attempts
    moves = [move async for move in payments.moves(ctx, ctx.today())]
    assert [(one.kind, one.fen, one.platform) for one in moves] == [
        ("PAID", booked.fee_fen, clinic.side.name),
        ("REFUNDED", booked.fee_fen, clinic.side.name),
    ]
    assert {one.attempt for one in moves} == {attempt}
    assert {one.merchant for one in moves} == {order.ledger().attempts[attempt].terms.merchant}
    told = [*await clinic.events("payment.succeeded"), *await clinic.events("payment.refunded")]
    for event, move in zip(told, moves, strict=True):
        said = {name: event["data"][name] for name in ("attempt", "platform", "transaction", "at")}
        assert said == {name: getattr(move, name) for name in said}
