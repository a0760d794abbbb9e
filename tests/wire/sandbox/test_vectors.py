"""Published vectors of protocols.md, and v3 signatures checked by independent code."""

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from wechatpy.crypto import WeChatCrypto

from wx_backend.entrypoints.sandbox import callback_wire, envelope, people, signing

AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
TOKEN, CORP = "QDG6eK", "wx5823bf96d3bd56c7"
SEALED = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUp"
    "j911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue"
    "06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+"
    "3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH"
    "27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8"
    "R07+qN+E7Q=="
)


def test_js_sdk_vector() -> None:
    ticket = (
        "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    )
    page = "http://mp.weixin.qq.com?params=value"
    signature = envelope.js_signature(ticket, "Wm3WZYTPz0wzccnW", "1414587457", page)
    assert signature == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_wecom_vector() -> None:
    signed = envelope.signature(TOKEN, "1409659813", "1372623149", SEALED)
    assert signed == "477715d11cdb4164915debcba66cb864d751f3e6"
    message = envelope.decrypt(AES_KEY, SEALED, CORP)
    assert "<Content><![CDATA[hello]]></Content>" in message
    assert "<MsgId>4561255354251345929</MsgId>" in message


def test_an_envelope_for_somebody_else() -> None:
    with pytest.raises(ValueError, match="another receiver"):
        envelope.decrypt(AES_KEY, SEALED, "wx-other")


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 500])
def test_our_envelope_opens_in_the_sdk(length: int) -> None:
    message = envelope.xml({"Content": "号" * length})
    sealed = envelope.encrypt(AES_KEY, message, CORP)
    signed = envelope.signature(TOKEN, "1409659813", "n", sealed)
    crypto = WeChatCrypto(TOKEN, AES_KEY, CORP)
    opened = crypto.decrypt_message(envelope.xml({"Encrypt": sealed}), signed, "1409659813", "n")
    assert opened == message == envelope.decrypt(AES_KEY, sealed, CORP)


def test_v3_signature_by_independent_code() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    made = signing.sign(key, "POST", "/v3/pay?a=1", "1554208460", "nonce", '{"a":"号"}')
    text = 'POST\n/v3/pay?a=1\n1554208460\nnonce\n{"a":"号"}\n'.encode()
    raw = base64.b64decode(made)
    key.public_key().verify(raw, text, padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(InvalidSignature):
        key.public_key().verify(raw, text + b"\n", padding.PKCS1v15(), hashes.SHA256())
    foreign = base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()
    lines = ("POST", "/v3/pay?a=1", "1554208460", "nonce", '{"a":"号"}')
    assert signing.verify(key.public_key(), foreign, *lines)
    assert not signing.verify(key.public_key(), foreign, "GET", *lines[1:])
    assert not signing.verify(key.public_key(), "不是 base64", *lines)


def test_v3_resource_by_independent_code() -> None:
    key = "0123456789abcdef0123456789abcdef"
    sealed = signing.seal(key, "退款".encode(), "refund")
    raw = base64.b64decode(sealed["ciphertext"])
    assert AESGCM(key.encode()).decrypt(sealed["nonce"].encode(), raw, b"refund") == "退款".encode()
    assert len(sealed["nonce"]) == 12


def test_authorization_of_another_scheme_has_no_parts() -> None:
    header = 'mchid="1900",nonce_str="N",signature="a+/=",timestamp="1",serial_no="S"'
    parts = signing.parse_authorization(f"{signing.SCHEME} {header}")
    assert parts == {
        "mchid": "1900", "nonce_str": "N", "signature": "a+/=", "timestamp": "1", "serial_no": "S"
    }  # fmt: skip
    assert signing.parse_authorization(f"Bearer {header}") == {}


def test_openids_check_themselves() -> None:
    for key in ("wang-xiulan", "crowd-1", "crowd-999999999999"):
        person = people.by_key(key)
        assert person is not None and len(person.openid) == 28
        assert people.by_openid(person.openid) == person
    assert people.by_key("nobody") is None
    assert people.by_openid("ocrowd-1-------------000000") is None


def test_verification_signs_what_it_says() -> None:
    query = callback_wire.verification("token", "sealed")
    parts = ("token", query["timestamp"], query["nonce"])
    assert query["signature"] == envelope.signature(*parts)
    assert query["msg_signature"] == envelope.signature(*parts, "sealed")
