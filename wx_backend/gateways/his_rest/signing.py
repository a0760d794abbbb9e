"""Signatures of our contracts with a HIS, both ways (docs/his-numbers.md, "Signatures"). Pure."""

import hashlib
import hmac
from base64 import b64encode

HEADERS = ("X-Wx-Key", "X-Wx-Time", "X-Wx-Nonce", "X-Wx-Signature")
"""Names the secret, seconds since 1970, one use, base64 of the HMAC-SHA256."""


def request_signature(
    secret: str, method: str, path: str, time: str, nonce: str, body: bytes
) -> str:
    """``path`` is that of the contract, without what stands before it in the HIS's address."""
    return _sign(secret, method, path, time, nonce, _digest(body))


def answer_signature(secret: str, status: int, nonce: str, body: bytes) -> str:
    """``nonce`` is the request's: an answer cannot be shown for another question."""
    return _sign(secret, str(status), nonce, _digest(body))


def same(one: str, other: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _sign(secret: str, *lines: str) -> str:
    text = "".join(f"{line}\n" for line in lines)
    return b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()
