"""Keys as people paste them, and what the self-test says of each mistake."""

import pytest
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from wx_backend.gateways.alipay import selftest
from wx_backend.gateways.alipay.keys import bare, pem
from wx_backend.gateways.alipay.port import AlipayConfig

OURS, THEIRS = (rsa.generate_private_key(65537, 2048) for _ in range(2))
CURVE = ec.generate_private_key(ec.SECP256R1())


def private(key, form=forms.PrivateFormat.PKCS8) -> str:
    return key.private_bytes(forms.Encoding.PEM, form, forms.NoEncryption()).decode()


def public(key) -> str:
    form = forms.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(forms.Encoding.PEM, form).decode()


def config(mine: str = "", platform: str = "") -> AlipayConfig:
    return AlipayConfig(
        app_id="2021000000000001",
        seller_id="2088000000000002",
        app_private_key=pem(mine or private(OURS), "PRIVATE KEY"),
        alipay_public_key=pem(platform or public(THEIRS), "PUBLIC KEY"),
        notify_url="",
    )


@pytest.mark.parametrize(
    "pasted",
    [private(OURS), bare(private(OURS)), f" {bare(private(OURS))}\n",
     private(OURS, forms.PrivateFormat.TraditionalOpenSSL)],
)  # fmt: skip
def test_a_private_key_is_taken_in_every_form_that_a_tool_gives(pasted):
    assert selftest.application_key(config(pasted)) == []
    assert selftest.platform_key(config(pasted, bare(public(THEIRS)))) == []


@pytest.mark.parametrize(
    ("mine", "platform", "said"),
    [
        ("bm8ga2V5", "", ["应用私钥不能签名"]),
        (private(CURVE), "", ["应用私钥不能签名"]),
        ("", "bm8ga2V5", ["支付宝公钥无法读取"]),
        ("", public(CURVE), ["支付宝公钥不是 RSA 公钥"]),
        ("", public(OURS), ["填写的是应用公钥"]),
    ],
)
def test_a_mistake_is_named(mine, platform, said):
    given = config(mine, platform)
    found = selftest.application_key(given) + selftest.platform_key(given)
    assert [one[: len(words)] for one, words in zip(found, said, strict=True)] == said
