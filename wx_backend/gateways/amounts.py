"""Amounts as bills write them: yuan with up to five decimals, signed. Pure."""

import re
from functools import lru_cache

_AMOUNT = re.compile(r"([+-]?)(\d{1,10})(?:\.(\d{1,5}))?")
GRAIN = 1000
"""Grains in a fen: bills give fees with five decimals of a yuan."""


@lru_cache(maxsize=4096)
def grains(text: str) -> int:
    """``"-0.12345"`` -> -12345. Raises ValueError for what is no amount."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise ValueError(f"no amount {text!r}")
    value = int(found[2]) * 100_000 + int((found[3] or "").ljust(5, "0"))
    return -value if found[1] == "-" else value


def fen(text: str) -> int:
    """``"50.00"`` -> 5000. Raises ValueError for what is no amount or no whole fen."""
    whole, rest = divmod(grains(text), GRAIN)
    if rest:
        raise ValueError(f"no whole fen {text!r}")
    return whole


def rounded(text: str) -> int:
    """Fen, half a fen away from zero, as platforms round their fees. Raises ValueError."""
    value = grains(text)
    whole = (abs(value) + GRAIN // 2) // GRAIN
    return -whole if value < 0 else whole
