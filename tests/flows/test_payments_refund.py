"""Money goes back: answers lost, refunds slow, abnormal, closed or short of balance; paid twice."""

import pytest

from booking.payments.model import H5, JSAPI
from tests.helpers.outpatient import IN_ONE_LOOP, fixture

pytestmark = IN_ONE_LOOP

REFUNDS = "/v3/refund/domestic/refunds"
TOLD = "notify/REFUND.*"


@fixture
async def booked(clinic, patient):
    [slot] = await clinic.opens()
    return await clinic.booked(patient, slot)


async def state(clinic, booked) -> str:
    return (await clinic.order(booked)).state


async def refunds(clinic) -> list[tuple[str, int]]:
    return [(one["status"], one["amount"]) for one in (await clinic.books())["refunds"]]


async def once(clinic, booked) -> None:
    """Refunded exactly once, and told once."""
    await clinic.patience(3, minutes=3)
    assert await state(clinic, booked) == "REFUNDED"
    assert await refunds(clinic) == [("SUCCESS", booked.fee_fen)]
    assert len(await clinic.events("payment.refunded")) == 1
    await clinic.balanced()


async def test_a_lost_answer_is_sent_again_under_the_same_number(clinic, patient, booked):
    await clinic.fault(REFUNDS, "lost_reply")
    await clinic.cancel(patient, booked)
    await clinic.work()
    await clinic.paid_out()
    await once(clinic, booked)


@pytest.mark.parametrize("kind", ["hang", "reset", "html", "truncate", "busy", "rate_limit"])
async def test_trouble_on_the_way_only_costs_time(clinic, patient, booked, impatient, kind):
    await clinic.fault(REFUNDS, kind, value=0.5 if kind == "hang" else None)
    await clinic.cancel(patient, booked)
    await clinic.work()
    await clinic.later(seconds=31)
    await clinic.work()
    await clinic.paid_out()
    await once(clinic, booked)


async def test_a_slow_refund_is_asked_after_until_it_has_arrived(clinic, patient, booked):
    await clinic.fault(REFUNDS, "refund_processing", value=3)
    await clinic.fault(TOLD, "notify_never")
    await clinic.cancel(patient, booked)
    await clinic.work()
    assert await state(clinic, booked) == "REFUNDING"
    assert await refunds(clinic) == [("PROCESSING", booked.fee_fen)]
    await clinic.patience(4, minutes=11)
    await once(clinic, booked)


async def test_the_platform_tells_of_a_refund_before_we_ask(clinic, patient, booked):
    await clinic.cancel(patient, booked)
    await clinic.work()
    assert {one["status"] for one in await clinic.notified("REFUND")} == {204}
    assert await state(clinic, booked) == "REFUNDED"
    await once(clinic, booked)
    assert (await clinic.told(patient))[-1] == "退款已到账"


async def test_repeated_news_of_a_refund_changes_nothing(clinic, patient, booked):
    await clinic.fault(TOLD, "notify_dup", value=3)
    await clinic.cancel(patient, booked)
    await clinic.work()
    told = await clinic.notified("REFUND", answers=4)
    assert [one["status"] for one in told] == [204] * 4
    await once(clinic, booked)


@pytest.mark.parametrize("kind", ["bad_sign", "notify_replay", "notify_other_mch", "signtest"])
async def test_false_news_of_a_refund_is_refused(clinic, patient, booked, kind):
    await clinic.fault(TOLD, kind)
    await clinic.cancel(patient, booked)
    await clinic.work()
    told = await clinic.notified("REFUND", answers=2)
    assert [one["status"] for one in told[:2]] == [400, 204]
    await once(clinic, booked)


async def test_an_abnormal_refund_waits_for_a_person_and_the_patient_sees_it(
    clinic, patient, booked
):
    await clinic.fault(REFUNDS, "refund_abnormal")
    await clinic.cancel(patient, booked)
    await clinic.work()
    await clinic.paid_out()
    await clinic.patience(2, minutes=1)
    assert await state(clinic, booked) == "REFUNDING"
    assert (await clinic.told(patient))[-1] == "退款正在人工处理"
    assert len(await clinic.events("payment.refund_abnormal")) == 1
    await clinic.balanced()
    await clinic.patience(3, hours=6)
    assert len((await clinic.books())["refunds"]) == 1
    assert len(await clinic.events("payment.refund_abnormal")) == 1


async def test_a_refund_the_platform_gave_up_is_still_owed(clinic, patient, booked):
    await clinic.fault(REFUNDS, "refund_closed")
    await clinic.cancel(patient, booked)
    await clinic.work()
    await clinic.paid_out()
    await clinic.patience(2, minutes=1)
    assert await state(clinic, booked) == "REFUNDING"
    assert (await clinic.told(patient))[-1] == "退款正在人工处理"
    assert (await clinic.order(booked)).ledger().kept_fen == booked.fee_fen
    assert (await clinic.books())["conserved"]


async def test_a_merchant_short_of_balance_refunds_later(clinic, patient, booked):
    await clinic.fault(REFUNDS, "refund_not_enough", times=2)
    await clinic.cancel(patient, booked)
    await clinic.work()
    assert await refunds(clinic) == []
    assert await state(clinic, booked) == "REFUNDING"
    await clinic.patience(2, minutes=3)
    await clinic.paid_out()
    await once(clinic, booked)
    assert "退款正在人工处理" not in await clinic.told(patient)


async def test_a_wrong_clock_is_no_reason_to_bother_the_patient(clinic, patient, booked):
    await clinic.fault(REFUNDS, "clock_skew")
    await clinic.cancel(patient, booked)
    await clinic.work()
    await clinic.patience(2, minutes=1)
    await clinic.paid_out()
    await once(clinic, booked)
    assert "退款正在人工处理" not in await clinic.told(patient)


async def test_a_refused_refund_is_told_once_and_tried_again_seldom(clinic, patient, booked):
    await clinic.fault(REFUNDS, "refused", times=2)
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
    """Both attempts are paid: the first was let go while the platform did not answer."""
    [slot] = await clinic.opens()
    held = await clinic.hold(patient, slot)
    first = await clinic.ticket(patient, held, JSAPI)
    order = await clinic.order(held)
    [no] = order.ledger().attempts
    closed = {"kind": "attempt_closed", "ref": no, "at": order.entries[0].at}
    await clinic.house.db.raw("orders").update_one(
        {"_id": order.id}, {"$push": {"entries": closed}, "$inc": {"version": 1}}
    )
    second = await clinic.ticket(patient, held, H5)
    await clinic.pays(second)
    await clinic.notified()
    await clinic.pays(first)
    await clinic.notified()
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"
    ledger = (await clinic.order(held)).ledger()
    assert (ledger.paid_fen, ledger.kept_fen) == (2 * held.fee_fen, held.fee_fen)
    await clinic.refunded()
    assert await refunds(clinic) == [("SUCCESS", held.fee_fen)]
    assert await state(clinic, held) == "PAID"
    assert await clinic.told(patient) == ["预约成功", "退款已到账"]
    await clinic.balanced()
    await clinic.cancel(patient, held)
    await clinic.refunded()
    assert await refunds(clinic) == [("SUCCESS", held.fee_fen)] * 2
    await clinic.balanced()
