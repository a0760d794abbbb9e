"""WeChat Pay orders through the unmodified SDK."""

import json

import pytest
from wechatpayv3 import WeChatPayType

from tests.wire.sandbox.conftest import Bench
from tests.wire.sandbox.sdk import merchant_sdk
from wx_backend.entrypoints.sandbox.people import PEOPLE

OPENID = PEOPLE[0].openid
ORDER = {
    "description": "挂号费",
    "out_trade_no": "order-0001",
    "amount": {"total": 5000, "currency": "CNY"},
    "payer": {"openid": OPENID},
}


async def test_jsapi_order_is_paid_told_and_queried(bench: Bench) -> None:
    status, prepay = await bench.paid(bench.pay.pay, **ORDER)
    assert (status, list(prepay)) == (200, ["prepay_id"])
    assert (await bench.paid(bench.pay.query, out_trade_no="order-0001"))[1][
        "trade_state"
    ] == "NOTPAY"

    await bench.ctl("pay", {"prepay_id": prepay["prepay_id"]})
    await bench.callbacks_done()

    (note,) = bench.merchant.inbox
    told = bench.pay.callback(note["headers"], note["body"])
    assert told["event_type"] == "TRANSACTION.SUCCESS"
    assert told["resource"]["amount"]["total"] == 5000
    assert told["resource"]["payer"]["openid"] == OPENID
    _, order = await bench.paid(bench.pay.query, out_trade_no="order-0001")
    assert order["trade_state"] == "SUCCESS"
    assert order["transaction_id"] == told["resource"]["transaction_id"]
    _, same = await bench.paid(bench.pay.query, transaction_id=order["transaction_id"])
    assert same == order
    books = await bench.ctl("books")
    assert books["conserved"] and books["sums"]["paid"] == books["sums"]["balance"] == 5000


async def test_same_number_again(bench: Bench) -> None:
    _, first = await bench.paid(bench.pay.pay, **ORDER)
    _, again = await bench.paid(bench.pay.pay, **ORDER)
    assert again == first
    dearer = ORDER | {"amount": {"total": 6000, "currency": "CNY"}}
    status, error = await bench.paid(bench.pay.pay, **dearer)
    assert (status, error["code"]) == (400, "INVALID_REQUEST")
    await bench.ctl("pay", {"out_trade_no": "order-0001"})
    status, error = await bench.paid(bench.pay.pay, **ORDER)
    assert (status, error["code"]) == (400, "ORDERPAID")
    assert len((await bench.ctl("books"))["orders"]) == 1


async def test_close_twice_then_neither_pay_nor_reopen(bench: Bench) -> None:
    _, prepay = await bench.paid(bench.pay.pay, **ORDER)
    assert await bench.sdk(bench.pay.close, "order-0001") == (204, b"")
    assert await bench.sdk(bench.pay.close, "order-0001") == (204, b"")
    assert "关闭" in (await bench.ctl("pay", prepay))["error"]
    status, error = await bench.paid(bench.pay.pay, **ORDER)
    assert (status, error["code"]) == (400, "ORDER_CLOSED")
    _, order = await bench.paid(bench.pay.query, out_trade_no="order-0001")
    assert order["trade_state"] == "CLOSED"


async def test_a_paid_order_cannot_be_closed(bench: Bench) -> None:
    await bench.paid(bench.pay.pay, **ORDER)
    await bench.ctl("pay", {"out_trade_no": "order-0001"})
    status, error = await bench.paid(bench.pay.close, "order-0001")
    assert (status, error["code"]) == (400, "ORDER_PAID")


@pytest.mark.parametrize("outcome", ["cancel", "wrong_password", "timeout"])
async def test_other_outcomes_move_no_money(bench: Bench, outcome: str) -> None:
    _, prepay = await bench.paid(bench.pay.pay, **ORDER)
    answer = await bench.ctl("pay", prepay | {"outcome": outcome})
    assert answer["order"]["trade_state"] == "NOTPAY"
    assert (await bench.ctl("books"))["sums"]["paid"] == 0
    assert bench.merchant.inbox == []


async def test_unknown_order(bench: Bench) -> None:
    status, error = await bench.paid(bench.pay.query, out_trade_no="nobody-knows")
    assert (status, error["code"]) == (404, "ORDER_NOT_EXIST")
    status, error = await bench.paid(bench.pay.close, "nobody-knows")
    assert (status, error["code"]) == (404, "ORDER_NOT_EXIST")


async def test_h5_and_native(bench: Bench) -> None:
    scene = {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}
    h5 = {key: value for key, value in ORDER.items() if key != "payer"}
    _, answer = await bench.paid(bench.pay.pay, **h5, scene_info=scene, pay_type=WeChatPayType.H5)
    assert answer["h5_url"].startswith(f"{bench.url}/_pay/")
    native = h5 | {"out_trade_no": "order-0002"}
    _, answer = await bench.paid(bench.pay.pay, **native, pay_type=WeChatPayType.NATIVE)
    assert answer["code_url"].startswith("weixin://wxpay/bizpayurl?pr=")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": {"total": 0, "currency": "CNY"}}, "amount.total"),
        ({"amount": {"total": 1.5, "currency": "CNY"}}, "amount.total"),
        ({"out_trade_no": "short"}, "out_trade_no"),
        ({"description": "长" * 128}, "description"),
        ({"notify_url": "http://127.0.0.1/cb?a=1"}, "notify_url"),
        ({"payer": {"openid": "o-of-another-account"}}, "openid"),
        ({"time_expire": "2020-01-01T00:00:00+08:00"}, "time_expire"),
        ({"time_expire": "明天"}, "time_expire"),
    ],
)
async def test_bad_parameters(bench: Bench, change: dict, words: str) -> None:
    status, error = await bench.paid(bench.pay.pay, **ORDER | change)
    assert (status, error["code"]) == (400, "PARAM_ERROR")
    assert words in error["message"]
    assert (await bench.ctl("books"))["orders"] == []


@pytest.mark.parametrize(
    "changed", [{"cert_serial_no": "0" * 40}, {"mchid": "1900000000"}, {"private_key": "forger"}]
)
async def test_a_stranger_gets_401(bench: Bench, changed: dict[str, str]) -> None:
    if "private_key" in changed:
        from wx_backend.entrypoints.sandbox.keys import _private_pem

        changed = {"private_key": _private_pem(bench.keys.forger_key)}
    stranger = merchant_sdk(bench.url, bench.keys, bench.merchant.url, **changed)
    status, error = await bench.paid(stranger.pay, **ORDER)
    assert (status, error["code"]) == (401, "SIGN_ERROR")
    assert (await bench.ctl("books"))["orders"] == []


async def test_errors_carry_a_request_id_and_a_signature(bench: Bench) -> None:
    answer = await bench.http.fetch(f"{bench.url}/v3/certificates", raise_error=False)
    assert answer.code == 401
    assert answer.headers["Request-ID"].endswith("-268443699")
    assert bench.pay._core._verify_signature(answer.headers, answer.body.decode())
    status, text = await bench.sdk(bench.pay._core.request, "/v3/certificates")
    assert (status, json.loads(text)["code"]) == (403, "NO_AUTH")
