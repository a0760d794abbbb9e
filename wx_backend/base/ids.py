"""Identifiers: a short type prefix and 26 characters of lower-case Crockford base32 (130 bits).

At most 32 characters of `[0-9a-z]`, so an id fits every platform limit (`out_trade_no`,
`client_msg_id`, QR scene). They carry no time on purpose: a random key spreads over shards.
"""

import hashlib
import re
import secrets

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26
BITS = LENGTH * 5
_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]
_PREFIX = re.compile(r"[a-z]{1,6}")


def new(prefix: str) -> str:
    """A random id of the kind named by `prefix` (1-6 lower-case letters)."""
    return _checked(prefix) + _base32(secrets.randbits(BITS))


def derive(prefix: str, *parts: str | int) -> str:
    """The id that always belongs to these parts: same parts, same id.

    Each part is hashed with its length in front, so ("ab", "c") and ("a", "bc") differ.
    """
    digest = hashlib.sha256()
    for part in (_checked(prefix), *parts):
        raw = str(part).encode()
        digest.update(len(raw).to_bytes(4, "big") + raw)
    return prefix + _base32(int.from_bytes(digest.digest(), "big") >> (256 - BITS))


def _checked(prefix: str) -> str:
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"an id prefix is 1-6 lower-case letters, not {prefix!r}")
    return prefix


def _base32(value: int) -> str:
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(BITS - 10, -1, -10)])
