"""The encrypted envelope of service-account callbacks ("safe mode") and plain signatures (pure).

Source: protocols.md 1.3, 1.4 and 3.4 (the same envelope serves WeCom with its corp id).
"""

import base64
import hashlib
import secrets
import struct
from typing import Any
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK = 32


def signature(*parts: str) -> str:
    """sha1 of the sorted parts joined: of token, timestamp, nonce (and the cipher text)."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def js_signature(ticket: str, noncestr: str, timestamp: str, url: str) -> str:
    """Signature of the JS-SDK configuration of one page; `url` without its fragment."""
    text = f"jsapi_ticket={ticket}&noncestr={noncestr}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(text.encode()).hexdigest()


def _cipher(encoding_aes_key: str) -> Cipher:
    key = base64.b64decode(encoding_aes_key + "=")
    return Cipher(AES(key), CBC(key[:16]))


def encrypt(encoding_aes_key: str, message: str, receiver: str) -> str:
    """Base64 of AES-256-CBC over `16 random | length | message | receiver`, padded to 32 bytes."""
    body = message.encode()
    plain = secrets.token_bytes(16) + struct.pack(">I", len(body)) + body + receiver.encode()
    pad = _BLOCK - len(plain) % _BLOCK
    run = _cipher(encoding_aes_key).encryptor()
    return base64.b64encode(run.update(plain + bytes([pad]) * pad) + run.finalize()).decode()


def decrypt(encoding_aes_key: str, ciphertext: str, receiver: str) -> str:
    """The message of an envelope; raises ValueError when it was meant for another receiver."""
    run = _cipher(encoding_aes_key).decryptor()
    plain = run.update(base64.b64decode(ciphertext)) + run.finalize()
    plain = plain[16 : -plain[-1]]
    (length,) = struct.unpack(">I", plain[:4])
    if plain[4 + length :].decode() != receiver:
        raise ValueError("the envelope names another receiver")
    return plain[4 : 4 + length].decode()


def xml(fields: dict[str, Any]) -> str:
    """The `<xml>` of one message: texts escaped, numbers plain, dicts nested, lists repeated."""
    return f"<xml>{_elements(fields)}</xml>"


def _elements(fields: dict[str, Any]) -> str:
    pairs = (
        (name, one)
        for name, value in fields.items()
        for one in (value if isinstance(value, list) else [value])
    )
    return "".join(f"<{name}>{_content(one)}</{name}>" for name, one in pairs)


def _content(value: Any) -> str:
    return _elements(value) if isinstance(value, dict) else escape(str(value))
