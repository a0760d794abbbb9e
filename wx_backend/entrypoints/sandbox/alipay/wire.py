"""Alipay's wire (pure): what is signed, and the text of an answer. Source: protocols.md 5.1."""

import base64
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.padding import PKCS7


def joined(fields: dict[str, str], *apart: str) -> str:
    """Sorted `name=value` joined by `&`, not URL-encoded, without empty values, `sign` and what is
    set `apart`."""
    left = {name: value for name, value in fields.items() if value and name not in ("sign", *apart)}
    return "&".join(f"{name}={value}" for name, value in sorted(left.items()))


def sign(key: RSAPrivateKey, text: str) -> str:
    """RSA2: base64 of SHA256withRSA."""
    return base64.b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


def verify(key: RSAPublicKey, signature: str, text: str) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), text.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def envelope(name: str, content: dict[str, Any], key: RSAPrivateKey | None) -> str:
    """`{"<name>": {…}, "sign": "…"}`, signed over the object exactly as it stands here; without a
    key it is not signed."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    signed = f',"sign":"{sign(key, text)}"' if key else ""
    return f'{{"{name}":{text}{signed}}}'


def sealed(key: RSAPrivateKey, aes_key: str, content: dict[str, Any]) -> str:
    """What the client gives a mini-program: sealed for the application, and signed with the
    quotation marks of its place in the text."""
    padder = PKCS7(AES.block_size).padder()
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    box = Cipher(AES(base64.b64decode(aes_key)), CBC(bytes(16))).encryptor()
    closed = box.update(padder.update(plain) + padder.finalize()) + box.finalize()
    text = base64.b64encode(closed).decode()
    return json.dumps({"response": text, "sign": sign(key, json.dumps(text))})


def response_name(method: str) -> str:
    """`alipay.trade.query` -> `alipay_trade_query_response`."""
    return f"{method.replace('.', '_')}_response"
