"""What Alipay posts: who has signed it, whose it is, what it says (protocols.md 5.1, 5.5)."""

import base64
from urllib.parse import urlencode

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.unit.gateways.test_alipay_keys import THEIRS, config, public
from wx_backend.base.clock import WireClock
from wx_backend.gateways.alipay.callback import CallbackReader
from wx_backend.gateways.alipay.keys import pem
from wx_backend.gateways.alipay.sdk import PooledAliPay
from wx_backend.gateways.callback import CallbackRejected
from wx_backend.gateways.paying import Notification

CONFIG, STRANGER = config(), rsa.generate_private_key(65537, 2048)
PAID = {
    "app_id": CONFIG.app_id,
    "body": "",
    "gmt_payment": "2026-11-23 23:59:58",
    "notify_id": "n1",
    "notify_time": "2026-11-24 00:00:07",
    "notify_type": "trade_status_sync",
    "out_trade_no": "pay000001",
    "seller_id": CONFIG.seller_id,
    "subject": "挂号费 a=b&c ",
    "total_amount": "50.00",
    "trade_no": "2026112322001",
    "trade_status": "TRADE_SUCCESS",
}
BACK = PAID | {"out_biz_no": "ref000001", "refund_fee": "20.00"}
CLOSED = {name: value for name, value in PAID.items() if name != "gmt_payment"}
CLOSED["trade_status"] = "TRADE_CLOSED"


def reader(given=CONFIG) -> CallbackReader:
    return CallbackReader(given, PooledAliPay(given, None, WireClock()))


READER = reader()


def form(fields: dict[str, str], key=THEIRS, **after: str) -> bytes:
    """As the platform posts it: sorted, joined, signed unencoded; then ``after`` is twisted."""
    plain = "&".join(f"{name}={fields[name]}" for name in sorted(fields))
    signed = key.sign(plain.encode(), padding.PKCS1v15(), SHA256())
    sign = {"sign": base64.b64encode(signed).decode(), "sign_type": "RSA2"}
    return urlencode(fields | sign | after).encode()


def read(fields: dict[str, str]) -> Notification:
    return READER.parse({}, form(fields))


def reason(body: bytes, by=READER) -> str:
    with pytest.raises(CallbackRejected) as rejected:
        by.parse({}, body)
    return rejected.value.data["reason"]


def test_a_payment_is_read_with_its_blanks_and_empty_values():
    found = read(PAID)
    assert (found.kind, found.status, found.amount_fen) == ("TRADE_SUCCESS", "SUCCESS", 5000)
    assert (found.out_trade_no, found.reference) == ("pay000001", "2026112322001")
    assert found.at.isoformat() == "2026-11-23T23:59:58+08:00"
    assert found.out_refund_no is None


def test_a_part_that_went_back_is_no_new_payment():
    found = read(BACK)
    assert (found.kind, found.out_refund_no, found.amount_fen) == ("REFUND", "ref000001", None)


def test_an_end_is_that_of_an_unpaid_trade_or_of_one_paid_back():
    assert read(CLOSED).status == "CLOSED"
    assert read(BACK | {"trade_status": "TRADE_CLOSED"}).status == "REFUND"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"app_id": "2021000000000009"}, "other_merchant"),
        ({"seller_id": "2088000000000009"}, "other_merchant"),
        ({"notify_type": "servicewindow_sync"}, "unknown_kind"),
        ({"total_amount": "50.001"}, "malformed"),
        ({"gmt_payment": "yesterday"}, "malformed"),
    ],
)
def test_what_is_well_signed_and_not_ours_is_refused(change, why):
    assert reason(form(PAID | change)) == why


def test_what_is_not_signed_by_the_platform_is_refused():
    assert reason(form(PAID, STRANGER)) == "bad_signature"
    assert reason(form(PAID, total_amount="0.01")) == "bad_signature"
    assert reason(form(PAID, sign_type="RSA")) == "unsigned"
    assert reason(form(PAID) + b"&total_amount=0.01") == "malformed"


def test_while_the_platform_changes_its_key_either_is_believed():
    other = pem(public(STRANGER), "PUBLIC KEY")
    both = reader(msgspec.structs.replace(CONFIG, other_public_key=other))
    for key in (THEIRS, STRANGER):
        assert both.parse({}, form(PAID, key)).amount_fen == 5000
    assert reason(form(PAID, rsa.generate_private_key(65537, 2048)), both) == "bad_signature"
