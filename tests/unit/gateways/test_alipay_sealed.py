"""What Alipay seals for a mini-program: the number is the platform's word, for this application."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from wx_backend.base.errors import GatewayRefused, GatewayUnknown
from wx_backend.entrypoints.sandbox.alipay import wire
from wx_backend.gateways.alipay import sealed
from wx_backend.gateways.alipay.port import PhoneUnproven
from wx_backend.gateways.phone import VerifiedPhone

KEY = "aa4BtZ4tspm2wnXLb1ThQA=="
OTHER_KEY = base64.b64encode(bytes(16)).decode()
PLATFORM, STRANGER = (generate_private_key(65537, 2048) for _ in range(2))
PHONE = {"code": "10000", "msg": "Success", "mobile": "13900139000"}
ELSE = json.loads(wire.sealed(PLATFORM, KEY, PHONE | {"mobile": "13900139001"}))["response"]
REFUSED = {"code": "40003", "msg": "Insufficient Conditions", "subCode": "isv.invalid-auth"}
BUSY = {"code": "20000", "msg": "Service Currently Unavailable", "subCode": "aop.unknow-error"}


def read(text: str, key: str = KEY) -> VerifiedPhone:
    def signed(content: str, signature: str) -> bool:
        return wire.verify(PLATFORM.public_key(), signature, content)

    return sealed.phone(text, key, signed)


def test_alipays_own_example_is_opened():
    """alipay-sdk-java-all, EncryptTest.should_get_correct_plaintext."""
    assert sealed.opened("ILpoMowjIQjfYMR847rnFQ==", KEY) == b"test1234567"


def test_the_number_is_read():
    assert read(wire.sealed(PLATFORM, KEY, PHONE)) == VerifiedPhone("13900139000", "86")


@pytest.mark.parametrize(("said", "error"), [(REFUSED, GatewayRefused), (BUSY, GatewayUnknown)])
def test_the_platforms_own_no_is_no_forgery(said, error):
    with pytest.raises(error) as refused:
        read(wire.sealed(PLATFORM, KEY, said))
    assert refused.value.data["platform_code"] == said["subCode"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"response": {"code": "40001", "subCode": "isv.missing-encrypt-key"}}',
        wire.sealed(STRANGER, KEY, PHONE),
        wire.sealed(PLATFORM, OTHER_KEY, PHONE),
        wire.sealed(PLATFORM, KEY, PHONE | {"mobile": "0085291234567"}),
        json.dumps(json.loads(wire.sealed(PLATFORM, KEY, PHONE)) | {"response": ELSE}),
    ],
    ids=["nothing", "list", "unsealed", "stranger", "other application", "other form", "changed"],
)
def test_what_does_not_prove_a_number_is_refused(text):
    with pytest.raises(PhoneUnproven):
        read(text)
