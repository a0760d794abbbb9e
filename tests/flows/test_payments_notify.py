"""Either platform calls back: genuine, twice, late, never, forged, replayed, wrong; money counts
once.
"""

import json

import pytest

from tests.helpers.http import http_client
from tests.helpers.outpatient import IN_ONE_LOOP, eventually
from tests.helpers.paying import SIDES, WECHAT_SIDE
from wx_backend.entrypoints.demo import world

pytestmark = [IN_ONE_LOOP, pytest.mark.usefixtures("side")]


async def pay(clinic, patient, held, answers: int = 1) -> list[int]:
    """The patient pays; the statuses we answered the platform's calls with."""
    await clinic.pays(await clinic.ticket(patient, held))
    told = await clinic.notified(answers=answers)
    return [answer["status"] for answer in told]


async def booked_once(clinic, patient, held) -> None:
    await clinic.work()
    assert (await clinic.now(held)).state == "BOOKED"
    assert (await clinic.order(held)).state == "PAID"
    assert len(await clinic.events("payment.succeeded")) == 1
    assert len(await clinic.events("appointment.booked")) == 1
    assert await clinic.told(patient) == ["预约成功"]
    assert await clinic.work() == 0


async def test_a_genuine_one_books(clinic, patient, held):
    assert await pay(clinic, patient, held) == [clinic.side.heard]
    assert (await clinic.order(held)).state == "PAID"
    assert (await clinic.now(held)).state == "HELD"  # the relay seats, not the callback
    await booked_once(clinic, patient, held)
    assert held.serial in (await clinic.texts(patient))[0]


async def test_a_repeated_one_changes_nothing(clinic, patient, held):
    await clinic.fault(clinic.side.paid, "notify_dup", value=4)
    assert await pay(clinic, patient, held, answers=5) == [clinic.side.heard] * 5
    await booked_once(clinic, patient, held)
    order = await clinic.order(held)
    assert [entry.kind for entry in order.entries].count("attempt_paid") == 1
    assert len(await kept(clinic)) == 1


async def kept(clinic) -> list[dict]:
    """The platform's calls, as stored raw."""
    names = await clinic.house.db.raw("orders").database.list_collection_names()
    months = [name for name in names if name.startswith("pay_callbacks")]
    return [doc for name in months for doc in await clinic.docs(name)]


async def test_a_repeat_after_the_booking_changes_nothing(clinic, patient, held):
    await clinic.fault(clinic.side.paid, "notify_delay", value=0.3)
    await clinic.pays(await clinic.ticket(patient, held))
    await clinic.later(seconds=10)
    await booked_once(clinic, patient, held)  # found by asking
    before = await clinic.stored()
    assert [answer["status"] for answer in await clinic.notified()] == [clinic.side.heard]
    await clinic.work()
    assert await clinic.stored() == before


async def test_one_that_never_comes_is_found_by_asking(clinic, patient, held):
    await clinic.fault(clinic.side.paid, "notify_never")
    await clinic.pays(await clinic.ticket(patient, held))
    await clinic.work()
    assert (await clinic.now(held)).state == "HELD"
    await clinic.later(seconds=6)
    await booked_once(clinic, patient, held)


WRONG = [("bad_sign", None), ("notify_amount", 1), ("notify_amount", -1)]
WRONG += [("notify_other_mch", None), ("signtest", None)]


@pytest.mark.parametrize(("kind", "value"), WRONG)
async def test_a_wrong_one_is_refused_and_the_right_one_after_it_counts(
    clinic, patient, held, kind, value
):
    await clinic.fault(clinic.side.paid, kind, value=value)
    first, second, *_ = await pay(clinic, patient, held, answers=2)
    assert (first, second) == (400, clinic.side.heard)
    await booked_once(clinic, patient, held)


async def test_a_replayed_one_changes_nothing(clinic, patient, held):
    """WeChat Pay's is too old to be believed. Alipay's says nothing new, however old it is: it is
    sent again for a day and more, and has no time of its own.
    """
    await clinic.fault(clinic.side.paid, "notify_replay")
    told = await pay(clinic, patient, held, answers=2 if clinic.side is WECHAT_SIDE else 1)
    assert told == ([400, 204] if clinic.side is WECHAT_SIDE else [200])
    await booked_once(clinic, patient, held)
    before = await clinic.stored()
    if clinic.side is not WECHAT_SIDE:
        [call] = await kept(clinic)
        body = clinic.house.vault.open(call["raw"], f"callback:{call['_id']}").encode()
        assert await posted(clinic, body, FORM) == (200, b"success")
    await clinic.work()
    assert await clinic.stored() == before


@pytest.mark.parametrize("kind", ["bad_sign", "notify_amount", "notify_other_mch"])
async def test_wrong_ones_alone_change_nothing(clinic, patient, held, kind):
    await clinic.fault(clinic.side.paid, kind, times=None)
    ticket = await clinic.ticket(patient, held)
    before = await clinic.stored()
    await clinic.pays(ticket)
    answers = await clinic.notified(answers=2)
    assert {answer["status"] for answer in answers} == {400}
    assert await clinic.stored() == before
    assert await alarms(clinic, held) == (["金额与订单不符"] if kind == "notify_amount" else [])
    await clinic.work()
    assert (await clinic.now(held)).state == "HELD"
    await clinic.later(seconds=6)
    await booked_once(clinic, patient, held)


async def alarms(clinic, held) -> list[str]:
    """What finance is to look at in this order, however often the platform says it."""
    [no] = (await clinic.order(held)).ledger().attempts
    tasks = await clinic.docs("tasks", kind="payment_alarm", subject=no)
    return [task["about"].split("：")[0] for task in tasks]


async def test_a_payment_we_never_asked_for_is_refused(clinic, patient, held):
    await clinic.fault(clinic.side.paid, "notify_delay", value=0.2)
    await clinic.pays(await clinic.ticket(patient, held))
    await clinic.house.db.raw("orders").update_one({}, {"$set": {"refs": ["payother"]}})
    before = await clinic.stored()
    answers = await clinic.notified()
    assert answers[0]["status"] == 404
    assert await clinic.stored() == before
    assert await alarms(clinic, held) == ["没有这笔支付或退款"]
    [order] = before[1]
    [no] = [entry["ref"] for entry in order["entries"] if entry["kind"] == "attempt_opened"]
    await clinic.house.db.raw("orders").update_one({}, {"$set": {"refs": [no]}})
    await eventually(lambda: paid(clinic, held))


async def paid(clinic, held) -> bool:
    return (await clinic.order(held)).state == "PAID"


async def test_another_merchants_order_is_not_paid_by_this_ones_call(clinic, patient, held):
    await clinic.fault(clinic.side.paid, "notify_delay", value=0.2)
    await clinic.pays(await clinic.ticket(patient, held))
    at = "entries.0.data.merchant"
    merchant = (await clinic.docs("orders"))[0]["entries"][0]["data"]["merchant"]
    await clinic.house.db.raw("orders").update_one({}, {"$set": {at: "1900000999"}})
    assert (await clinic.notified())[0]["status"] == 404
    assert (await clinic.order(held)).state == "OPEN"
    await clinic.house.db.raw("orders").update_one({}, {"$set": {at: merchant}})
    await eventually(lambda: paid(clinic, held))


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def posted(clinic, body: bytes, headers: dict | None = None, to: str = "") -> tuple:
    """What a stranger who posts this to the platform's address is answered."""
    name = clinic.side.name
    docs = await clinic.docs("channels", inst=world.HOSPITAL.id, platform=to or name)
    url = f"{clinic.hospital.url}/cb/{name}/{docs[0]['_id']}"
    async with http_client() as http:
        answer = await http.post(url, content=body, headers=headers)
    return answer.status_code, answer.content


def failed(clinic, body: bytes) -> bool:
    """Whether the platform reads this as a failure, and will call again."""
    if clinic.side is WECHAT_SIDE:
        return json.loads(body)["code"] == "FAIL"
    return body == b"fail"


JUNK = [b"", b"junk", b"{}", b"\xff\xfe", b"[]", b'{"resource": 1}', b"sign=x&sign_type=RSA2&a=1"]


@pytest.mark.parametrize("body", JUNK)
async def test_junk_is_refused_and_stored_nowhere(clinic, body):
    status, answer = await posted(clinic, body, FORM if b"=" in body else None)
    assert status == 400
    assert failed(clinic, answer)
    assert await kept(clinic) == []


@pytest.mark.parametrize("other", ["wechat", "other side"])
async def test_the_address_of_another_platforms_channel_is_not_there(clinic, other):
    [theirs] = {side.name for side in SIDES} - {clinic.side.name}
    status, answer = await posted(clinic, b"{}", to=theirs if other == "other side" else other)
    assert status == 404
    assert failed(clinic, answer)


async def test_a_refund_told_before_its_payment(clinic, patient, held):
    await clinic.fault(clinic.side.paid, "notify_reorder", value=20)
    await clinic.pays(await clinic.ticket(patient, held))
    await clinic.later(seconds=6)
    await clinic.work()  # asked, and booked
    booked = await clinic.now(held)
    assert booked.state == "BOOKED"
    await clinic.cancel(patient, booked)
    await clinic.refunded()
    assert {answer["status"] for answer in await clinic.notified()} == {clinic.side.heard}
    assert (await clinic.order(held)).state == "REFUNDED"
    assert await clinic.told(patient) == ["预约成功", "预约已取消", "退款已到账"]
