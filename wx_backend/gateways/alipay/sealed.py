"""What `my.getPhoneNumber` gives a mini-program: signed by Alipay, and sealed for us. Pure.

A text `{"response": "<base64>", "sign": "<base64>"}`. The signature (RSA2) is over `response` with
the quotation marks around it, as with every answer of the platform (protocols.md 5.1); `response`
is AES in CBC with PKCS #7, the application's AES key and an IV of 16 zero bytes (5.6). Opened it is
`{"code": "10000", "msg": "Success", "mobile": "…"}`, or a refusal with `subCode` and `subMsg`.

Sources: AlipayDocs/open-docs, my.getPhoneNumber; alipay-sdk-java-all, AlipayEncrypt and its test.
"""

import base64
import re
from collections.abc import Callable

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from wx_backend.gateways.alipay.answers import read
from wx_backend.gateways.alipay.port import PhoneUnproven
from wx_backend.gateways.phone import VerifiedPhone

_MOBILE = re.compile(r"1\d{10}")
"""Of the mainland; how the platform words others is not documented."""
_IV = bytes(AES.block_size // 8)


class _Sealed(msgspec.Struct):
    response: str
    sign: str


class _Mobile(msgspec.Struct):
    mobile: str


def phone(text: str, key: str, signed: Callable[[str, str], bool]) -> VerifiedPhone:
    """The number in it.

    Args:
        key: the application's AES key, in base64 as the platform's console shows it.
        signed: whether the platform has signed a content.

    Raises:
        PhoneUnproven: it is not from the platform, not for this application, or of no kind we know.
        GatewayRefused, GatewayUnknown: the platform itself says that there is no number.
    """
    try:
        sealed = msgspec.json.decode(text, type=_Sealed)
        if not signed(f'"{sealed.response}"', sealed.sign):
            raise PhoneUnproven
        said = msgspec.json.decode(opened(sealed.response, key), type=dict[str, str])
    except (ValueError, msgspec.DecodeError) as error:
        raise PhoneUnproven from error
    why = {"sub_code": said.get("subCode", ""), "sub_msg": said.get("subMsg", "")}
    mobile = read(said | why, _Mobile).mobile
    if not _MOBILE.fullmatch(mobile):
        raise PhoneUnproven
    return VerifiedPhone(mobile)


def opened(content: str, key: str) -> bytes:
    """What was sealed with ``key``; both in base64. Raises ValueError."""
    box = Cipher(AES(base64.b64decode(key, validate=True)), CBC(_IV)).decryptor()
    padded = box.update(base64.b64decode(content, validate=True)) + box.finalize()
    plain = PKCS7(AES.block_size).unpadder()
    return plain.update(padded) + plain.finalize()
