import json
from datetime import UTC, datetime

import pytest

from wx_backend.base.errors import GatewayRefused, GatewayUnknown
from wx_backend.gateways.paying import (
    AlreadyPaidOnPlatform,
    KeysRefused,
    NotEnoughBalance,
    PaymentState,
    PlatformLimited,
    RefundState,
)
from wx_backend.gateways.wechat_pay import answers

READERS = [
    answers.prepay_id,
    answers.h5_url,
    answers.payment,
    answers.closed,
    answers.refund,
    answers.queried_refund,
]
PAID = {
    "appid": "wx1",
    "mchid": "1900000001",
    "out_trade_no": "pay001",
    "transaction_id": "4200001",
    "trade_type": "JSAPI",
    "trade_state": "SUCCESS",
    "trade_state_desc": "支付成功",
    "success_time": "2026-01-01T08:30:00+08:00",
    "payer": {"openid": "o1"},
    "amount": {"total": 5000, "payer_total": 5000, "currency": "CNY"},
}
REFUND = {
    "refund_id": "5030001",
    "out_refund_no": "ref001",
    "status": "PROCESSING",
    "amount": {"total": 5000, "refund": 2000},
}


def no(code):
    return json.dumps({"code": code, "message": "words", "detail": {"location": "x"}})


def test_answers_in_the_platforms_form_are_read():
    assert answers.prepay_id(200, '{"prepay_id": "wx2026"}') == "wx2026"
    assert answers.h5_url(200, '{"h5_url": "https://x"}') == "https://x"
    assert answers.closed(204, "") is None
    assert answers.payment(200, json.dumps(PAID)) == PaymentState(
        state="SUCCESS",
        mchid="1900000001",
        appid="wx1",
        transaction_id="4200001",
        amount_fen=5000,
        paid_at=datetime(2026, 1, 1, 0, 30, tzinfo=UTC),
    )
    assert answers.refund(200, json.dumps(REFUND)) == RefundState(
        status="PROCESSING", refund_id="5030001", refund_fen=2000
    )


def test_an_unpaid_order_has_no_amount():
    unpaid = {k: PAID[k] for k in ("appid", "mchid", "out_trade_no")} | {"trade_state": "NOTPAY"}
    assert answers.payment(200, json.dumps(unpaid)).amount_fen is None


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, no("SYSTEM_ERROR")),
        (503, no("ORDER_NOT_EXIST")),
        (502, "<html>502 Bad Gateway</html>"),
        (404, "<html>404 Not Found</html>"),
        (404, '{"error": "no such route"}'),
        (302, ""),
        (200, "<html>"),
        (200, '{"prepay_id": 7, "trade_state": "?", "status": "?"}'),
        (200, "[]"),
        (200, ""),
    ],
)
def test_what_says_nothing_definite_is_unknown(read, status, text):
    with pytest.raises(GatewayUnknown):
        read(status, text)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "PARAM_ERROR", GatewayRefused),
        (401, "SIGN_ERROR", KeysRefused),
        (403, "NO_AUTH", GatewayRefused),
        (400, "ORDERPAID", AlreadyPaidOnPlatform),
        (400, "ORDER_PAID", AlreadyPaidOnPlatform),
        (403, "NOT_ENOUGH", NotEnoughBalance),
        (429, "FREQUENCY_LIMITED", PlatformLimited),
        (429, "RATELIMIT_EXCEEDED", PlatformLimited),
    ],
)
def test_each_definite_no_is_told_apart(read, status, code, kind):
    with pytest.raises(kind) as refused:
        read(status, no(code))
    assert type(refused.value) is kind
    assert refused.value.data["platform_code"] == code


def test_what_the_platform_never_heard_of():
    missing = (404, no("ORDER_NOT_EXIST"))
    assert answers.payment(*missing).state == "NOT_EXIST"
    assert answers.closed(*missing) is None
    assert answers.closed(400, no("ORDER_CLOSED")) is None
    assert answers.queried_refund(404, no("RESOURCE_NOT_EXISTS")).status == "NOT_EXIST"
    with pytest.raises(GatewayRefused):
        answers.refund(404, no("RESOURCE_NOT_EXISTS"))
    with pytest.raises(GatewayRefused):
        answers.prepay_id(*missing)
