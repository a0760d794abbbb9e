"""Notifications of WeChat Pay: repeats, restarts and every way they can be wrong."""

import json
import time

import pytest

from tests.wire.sandbox.conftest import Bench
from tests.wire.sandbox.test_orders import OPENID, ORDER
from tests.wire.sandbox.test_refunds import refund, settled
from wx_backend.entrypoints.sandbox.callbacks import PAY_WAITS


async def pay(bench: Bench) -> None:
    await bench.paid(bench.pay.pay, **ORDER)
    await bench.ctl("pay", {"out_trade_no": "order-0001"})


async def answers(bench: Bench) -> list[list[int]]:
    rows = (await bench.ctl("journal"))["callbacks"]
    return [[answer["status"] for answer in row["answers"]] for row in rows]


async def test_repeated_until_accepted_with_one_id(bench: Bench) -> None:
    bench.merchant.answers.extend([500, 404, 302, 200])
    await pay(bench)
    await bench.callbacks_done()
    assert await answers(bench) == [[500, 404, 302, 200]]
    ids = {json.loads(note["body"])["id"] for note in bench.merchant.inbox}
    signatures = {note["headers"]["Wechatpay-Signature"] for note in bench.merchant.inbox}
    assert (len(ids), len(signatures)) == (1, 4)


def test_the_real_schedule() -> None:
    assert len(PAY_WAITS) == 15
    assert sum(PAY_WAITS) == 24 * 3600 + 4 * 60


@pytest.mark.parametrize(
    "kind", ["bad_sign", "notify_replay", "notify_amount", "notify_other_mch", "signtest"]
)
async def test_wrong_ones_are_followed_by_the_right_one(bench: Bench, kind: str) -> None:
    bench.merchant.answers.append(401)
    await bench.fault("notify/TRANSACTION.*", kind)
    await pay(bench)
    await bench.callbacks_done()
    wrong, right = bench.merchant.inbox
    told = bench.pay.callback(right["headers"], right["body"])
    assert told["resource"]["amount"]["total"] == 5000
    seen = bench.pay.callback(wrong["headers"], wrong["body"])
    if kind in ("bad_sign", "signtest"):
        assert seen is None
    elif kind == "notify_replay":
        assert time.time() - int(wrong["headers"]["Wechatpay-Timestamp"]) > 300
    elif kind == "notify_amount":
        assert seen["resource"]["amount"]["total"] == 5001
    else:
        assert seen["resource"]["mchid"] != bench.keys.mchid


async def test_hanging_up_counts_as_no_answer(bench: Bench) -> None:
    bench.merchant.answers.extend([0, 204])
    await pay(bench)
    await bench.callbacks_done()
    assert await answers(bench) == [[0, 204]]


async def test_duplicates(bench: Bench) -> None:
    await bench.fault("notify/*", "notify_dup", value=3)
    await pay(bench)
    await bench.callbacks_done()
    assert len(bench.merchant.inbox) == 4
    assert await answers(bench) == [[200, 200, 200, 200]]


async def test_never_told_but_found_by_query(bench: Bench) -> None:
    await bench.fault("notify/*", "notify_never")
    await pay(bench)
    await bench.callbacks_done()
    assert bench.merchant.inbox == []
    _, order = await bench.paid(bench.pay.query, out_trade_no="order-0001")
    assert order["trade_state"] == "SUCCESS"


async def test_delayed(bench: Bench) -> None:
    await bench.fault("notify/*", "notify_delay", value=0.2)
    await pay(bench)
    await bench.callbacks_done()
    assert len(bench.merchant.inbox) == 1


async def test_refund_told_before_the_payment(bench: Bench) -> None:
    await bench.fault("notify/TRANSACTION.SUCCESS", "notify_reorder")
    await pay(bench)
    await refund(bench, "refund-1", 5000)
    await settled(bench, "refund-1", "SUCCESS")
    await bench.until(lambda: len(bench.merchant.inbox) == 2)
    kinds = [json.loads(note["body"])["event_type"] for note in bench.merchant.inbox]
    assert kinds == ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]


async def test_pay_during_close(bench: Bench) -> None:
    await bench.paid(bench.pay.pay, **ORDER)
    await bench.fault("/v3/pay/transactions/out-trade-no/*/close", "pay_during_close")
    status, error = await bench.paid(bench.pay.close, "order-0001")
    assert (status, error["code"]) == (400, "ORDER_PAID")
    await bench.callbacks_done()
    assert len(bench.merchant.inbox) == 1
    assert (await bench.ctl("books"))["sums"]["paid"] == 5000


async def test_late_success(bench: Bench) -> None:
    moment = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 2))
    await bench.paid(bench.pay.pay, **ORDER | {"time_expire": moment})
    expires = bench.running.box.desk.order("out_trade_no", "order-0001")["expires"]
    await bench.until(lambda: time.time() > expires)
    assert "error" in await bench.ctl("pay", {"out_trade_no": "order-0001"})
    assert (await bench.ctl("books"))["sums"]["paid"] == 0
    await bench.fault("pay", "late_success")
    await bench.ctl("pay", {"out_trade_no": "order-0001"})
    await bench.callbacks_done()
    (note,) = bench.merchant.inbox
    told = bench.pay.callback(note["headers"], note["body"])
    assert told["resource"]["payer"]["openid"] == OPENID
