"""The reader against the sandbox's own signatures, with the network cut: nothing may ask for it."""

import json
import time

import msgspec
import pytest
import requests
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wx_backend.base.clock import WireClock
from wx_backend.entrypoints.sandbox import signing
from wx_backend.gateways.callback import CallbackRejected
from wx_backend.gateways.wechat_pay import sdk
from wx_backend.gateways.wechat_pay.callback import LARGEST, CallbackReader
from wx_backend.gateways.wechat_pay.port import PayConfig

APIV3_KEY = "0123456789abcdef0123456789abcdef"
PLATFORM = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
FORM = (pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
CONFIG = PayConfig(
    mchid="1900000001",
    appids=("wx0123456789abcdef",),
    merchant_serial="AB12",
    merchant_private_key=STRANGER.private_bytes(
        pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()
    ).decode(),
    apiv3_key=APIV3_KEY,
    public_key_id="PUB_KEY_ID_1",
    public_key=PLATFORM.public_key().public_bytes(*FORM).decode(),
    notify_url="https://h.example.com/cb",
)
TRADE = {
    "mchid": CONFIG.mchid,
    "appid": CONFIG.appids[0],
    "out_trade_no": "pay000001",
    "transaction_id": "4200001",
    "trade_state": "SUCCESS",
    "success_time": "2026-01-01T08:30:00+08:00",
    "amount": {"total": 5000, "payer_total": 5000},
}
REFUND = {
    "mchid": CONFIG.mchid,
    "out_trade_no": "pay000001",
    "transaction_id": "4200001",
    "out_refund_no": "ref000001",
    "refund_id": "5030001",
    "refund_status": "SUCCESS",
    "success_time": "2026-01-02T08:30:00+08:00",
    "amount": {"total": 5000, "refund": 2000},
}


class NoNetwork(requests.Session):
    def request(self, *args, **kwargs):
        raise AssertionError("a callback made us call out")


@pytest.fixture(autouse=True)
def network_is_cut(monkeypatch):
    monkeypatch.setattr(requests, "Session", NoNetwork)


READER = CallbackReader(CONFIG, sdk.build(CONFIG, NoNetwork(), WireClock()), WireClock())


def notification(resource, kind="TRANSACTION.SUCCESS", apiv3_key=APIV3_KEY):
    sealed = signing.seal(apiv3_key, json.dumps(resource).encode(), "transaction")
    body = {
        "id": "EV-1",
        "create_time": "2026-01-03T00:00:00+08:00",
        "event_type": kind,
        "resource_type": "encrypt-resource",
        "summary": "支付成功",
        "resource": sealed,
    }
    return json.dumps(body, ensure_ascii=False).encode()


def headers(body, key=PLATFORM, age=0, **changes):
    stamp, nonce = str(int(time.time()) - age), signing.nonce()
    return {
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": CONFIG.public_key_id,
        "Wechatpay-Signature": signing.sign(key, stamp, nonce, body.decode("utf-8", "replace")),
        "Wechatpay-Signature-Type": signing.SCHEME,
    } | changes


def reason(found_headers, body, reader=READER):
    with pytest.raises(CallbackRejected) as rejected:
        reader.parse(found_headers, body)
    assert set(rejected.value.data) == {"reason"}
    return rejected.value.data["reason"]


def test_a_payment_is_read():
    body = notification(TRADE)
    found = READER.parse(headers(body), body)
    assert (found.kind, found.status, found.event_id) == ("TRANSACTION.SUCCESS", "SUCCESS", "EV-1")
    assert (found.out_trade_no, found.reference, found.amount_fen) == ("pay000001", "4200001", 5000)
    assert found.at.isoformat() == "2026-01-01T08:30:00+08:00"
    assert found.out_refund_no is None


def test_a_refund_is_read():
    body = notification(REFUND, "REFUND.SUCCESS")
    found = READER.parse(headers(body), body)
    assert (found.kind, found.status) == ("REFUND.SUCCESS", "SUCCESS")
    assert (found.out_refund_no, found.reference, found.amount_fen) == (
        "ref000001",
        "5030001",
        2000,
    )


def test_an_abnormal_refund_has_no_time_of_its_own():
    resource = {k: v for k, v in REFUND.items() if k != "success_time"}
    body = notification(resource | {"refund_status": "ABNORMAL"}, "REFUND.ABNORMAL")
    assert READER.parse(headers(body), body).at.isoformat() == "2026-01-03T00:00:00+08:00"


def test_forged_old_probing_and_foreign_calls_are_rejected_without_calling_out():
    body = notification(TRADE)
    assert reason(headers(body, STRANGER), body) == "bad_signature"
    assert reason(headers(body), body.replace(b"EV-1", b"EV-2")) == "bad_signature"
    assert reason(headers(body, age=301), body) == "stale"
    assert reason(headers(body, age=-301), body) == "stale"
    unknown = headers(body, **{"Wechatpay-Serial": "7132D72A03E93CDDF8C03BBD1F37EEDF"})
    assert reason(unknown, body) == "unknown_serial"
    probe = headers(body, **{"Wechatpay-Signature": "WECHATPAY/SIGNTEST/x"})
    assert reason(probe, body) == "probe"
    assert reason({}, body) == "unsigned"


def test_while_the_platform_changes_its_key_either_is_believed_under_its_own_name():
    text = STRANGER.public_key().public_bytes(*FORM).decode()
    other = {"other_public_key_id": "PUB_KEY_ID_2", "other_public_key": text}
    config = msgspec.structs.replace(CONFIG, **other)
    reader = CallbackReader(config, sdk.build(config, NoNetwork(), WireClock()), WireClock())
    body, new = notification(TRADE), {"Wechatpay-Serial": "PUB_KEY_ID_2"}
    for right in (headers(body), headers(body, STRANGER, **new)):
        assert reader.parse(right, body).reference == "4200001"
    for wrong in (headers(body, STRANGER), headers(body, **new)):
        assert reason(wrong, body, reader) == "bad_signature"


@pytest.mark.parametrize("change", [{"mchid": "1900000002"}, {"appid": "wxother"}])
def test_a_genuine_notification_about_another_merchant_is_rejected(change):
    body = notification(TRADE | change)
    assert reason(headers(body), body) == "other_merchant"


def test_a_notification_sealed_with_another_key_is_rejected():
    body = notification(TRADE, apiv3_key="f" * 32)
    assert reason(headers(body), body) == "bad_signature"


@pytest.mark.parametrize(
    ("resource", "kind", "why"),
    [
        ({}, "TRANSACTION.SUCCESS", "malformed"),
        ([], "TRANSACTION.SUCCESS", "malformed"),
        (TRADE | {"amount": {"total": "5000"}}, "TRANSACTION.SUCCESS", "malformed"),
        (REFUND | {"amount": {"total": 5000}}, "REFUND.SUCCESS", "malformed"),
        (TRADE, "PAYSCORE.USER_PAID", "unknown_kind"),
    ],
)
def test_a_signed_notification_of_another_shape_is_rejected(resource, kind, why):
    body = notification(resource, kind)
    assert reason(headers(body), body) in ({why, "bad_signature"} if not resource else {why})


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.sampled_from([b"", b"null", b"5", b"[]", b'{"resource": 1}']))
def test_signed_junk_is_rejected_and_nothing_else(junk):
    assert reason(headers(junk), junk) in {"malformed", "bad_signature"}


def test_a_huge_body_is_not_even_read():
    assert reason({}, b"x" * (LARGEST + 1)) == "too_large"
