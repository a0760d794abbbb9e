"""What the self-test says of each mistake with a merchant's keys."""

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.gateways.wechat_pay.test_callback import CONFIG, FORM
from wx_backend.base.clock import WireClock
from wx_backend.gateways.wechat_pay import sdk, selftest

CURVE = ec.generate_private_key(ec.SECP256R1())
CURVE_PRIVATE = CURVE.private_bytes(
    pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()
).decode()
CURVE_PUBLIC = CURVE.public_key().public_bytes(*FORM).decode()


def said(**changes: str) -> list[str]:
    config = msgspec.structs.replace(CONFIG, **changes)
    checks = (selftest.merchant_key, selftest.api_key, selftest.platform_key)
    return [words for check in checks for words in check(config)]


def test_sound_keys_are_sound():
    assert said() == []
    assert said(other_public_key_id="PUB_KEY_ID_2", other_public_key=CONFIG.public_key) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"merchant_private_key": "junk"}, "商户私钥不能签名"),
        ({"merchant_private_key": CURVE_PRIVATE}, "商户私钥不是 2048 位以上的 RSA 密钥"),
        ({"apiv3_key": "short"}, "APIv3 密钥应为 32 个字符，现为 5 个"),
        ({"public_key": "junk"}, "微信支付公钥无法读取"),
        ({"public_key": CURVE_PUBLIC}, "微信支付公钥不是 RSA 公钥"),
        ({"public_key_id": ""}, "没有填写微信支付公钥 ID"),
        ({"other_public_key_id": "PUB_KEY_ID_2"}, "微信支付公钥无法读取"),
    ],
)
def test_a_mistake_is_named(changes, words):
    [found] = said(**changes)
    assert found.startswith(words)


@pytest.mark.parametrize("name", ["merchant_private_key", "public_key"])
def test_no_client_is_made_of_keys_that_are_none(name):
    with pytest.raises(ValueError, match="failed to load"):
        sdk.build(msgspec.structs.replace(CONFIG, **{name: "junk"}), None, WireClock())
