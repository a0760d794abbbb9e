from datetime import UTC, datetime, timedelta

import pytest

from wx_backend.gateways.http.asking import Untrusted
from wx_backend.gateways.wechat_pay.guard import SCHEME, signed_headers

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GOOD = {
    "Wechatpay-Signature": "c2ln",
    "Wechatpay-Timestamp": str(int(NOW.timestamp())),
    "Wechatpay-Nonce": "n",
    "Wechatpay-Serial": "PUB_KEY_ID_1",
    "Wechatpay-Signature-Type": SCHEME,
}


def at(seconds):
    return {"Wechatpay-Timestamp": str(int((NOW + timedelta(seconds=seconds)).timestamp()))}


def check(**changes):
    headers = GOOD | {"X-Other": "x"} | changes
    return signed_headers(headers, ["PUB_KEY_ID_1"], NOW)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_headers_inside_the_window_pass_and_nothing_else_does(seconds):
    assert check(**at(seconds)) == GOOD | at(seconds)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Wechatpay-Signature": "WECHATPAY/SIGNTEST/abc"}, "probe"),
        ({"Wechatpay-Signature": ""}, "unsigned"),
        ({"Wechatpay-Signature-Type": ""}, "unsigned"),
        ({"Wechatpay-Signature-Type": "WECHATPAY2-SM2-WITH-SM3"}, "unsigned"),
        ({"Wechatpay-Timestamp": ""}, "unsigned"),
        ({"Wechatpay-Timestamp": "-1"}, "unsigned"),
        ({"Wechatpay-Timestamp": "１２３"}, "unsigned"),
        ({"Wechatpay-Serial": "PUB_KEY_ID_2"}, "unknown_serial"),
        ({"Wechatpay-Serial": "6F00"}, "unknown_serial"),
        (at(301), "stale"),
        (at(-301), "stale"),
        (at(-86400 * 3000), "stale"),
    ],
)
def test_whatever_is_not_worth_verifying_is_untrusted(changes, reason):
    with pytest.raises(Untrusted) as untrusted:
        check(**changes)
    assert untrusted.value.reason == reason


def test_no_headers_at_all():
    with pytest.raises(Untrusted):
        signed_headers({}, ["PUB_KEY_ID_1"], NOW)
