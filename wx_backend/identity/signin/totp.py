"""One-time codes of an authenticator app: TOTP, SHA-1, 30 seconds, 6 digits (RFC 6238). Pure."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

PERIOD = 30  # seconds
DIGITS = 6
DRIFT = 1
"""Periods that a phone's clock may be wrong in either direction (RFC 6238, 5.2)."""

SECRET_BYTES = 20  # as long as the hash (RFC 4226, 4: R6)


def new_secret() -> str:
    """Base32 without padding, as apps take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code(secret: str, step: int, digits: int = DIGITS) -> str:
    """The code of one period (RFC 4226, 5.3)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def step_of(moment: datetime) -> int:
    """Number of the period that ``moment`` falls in."""
    return int(moment.timestamp()) // PERIOD


def match(secret: str, given: str, moment: datetime) -> int | None:
    """The period whose code ``given`` is, if it is a present one."""
    now = step_of(moment)
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(code(secret, step).encode(), given.encode()):
            return step
    return None


def uri(secret: str, label: str, issuer: str) -> str:
    """What the QR code says (Key Uri Format of the authenticator apps)."""
    given = {"secret": secret, "issuer": issuer, "digits": DIGITS, "period": PERIOD}
    query = urlencode(given, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(label)}?{query}"
