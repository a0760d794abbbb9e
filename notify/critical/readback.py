"""Reading back: the receiver says the value again, or picks it among its neighbours. Pure.

A tap is no read-back (national core system no. 14, item 5: record, read back, confirm), so what is
offered gives no hint: the right value stands at any place, and no place is chosen to begin with.
"""

import hashlib
import unicodedata
from decimal import Decimal, InvalidOperation

import msgspec

from notify.critical.model import Alert, ReadBack

NEUTRAL = "请选择您听到/看到的数值"
OFFERED = 4
WORDS = ("阴性", "弱阳性", "阳性", "未检出", "检出", "强阳性")


class Choice(msgspec.Struct, frozen=True):
    """An option; the neutral one has no value."""

    value: str
    label: str


def choices(alert: Alert) -> list[Choice]:
    """The neutral option, then the right value among plausible neighbours.

    The same for everybody and at every look, so that looking again tells nothing.
    """
    values = _neighbours(alert.value, alert.id)
    values.sort(key=lambda value: _hash(alert.id, value))
    unit = f" {alert.unit}" if alert.unit else ""
    return [Choice("", NEUTRAL), *(Choice(value, value + unit) for value in values)]


def agrees(alert: Alert, form: ReadBack) -> bool:
    """Whether this result was read back: its item, and its value as a number or word for word."""
    return form.item == alert.item and _same(form.value, alert.value)


def _same(said: str, value: str) -> bool:
    one, other = _plain(said), _plain(value)
    if one == other:
        return True
    numbers = _number(one), _number(other)
    return None not in numbers and numbers[0] == numbers[1]


def _plain(text: str) -> str:
    """Full width as half width, without blanks, in lower case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _neighbours(value: str, key: str) -> list[str]:
    """``OFFERED`` values that look alike, the right one among them."""
    plain = _plain(value)
    number = _number(plain.lstrip("<>="))
    if number is None:
        others = sorted((one for one in WORDS if one != value), key=lambda one: _hash(key, one))
        return [value, *others[: OFFERED - 1]]
    relation = plain[: len(plain) - len(plain.lstrip("<>="))]
    step = _step(number)
    below = _hash(key, "place") % OFFERED
    lowest = number - below * step
    if lowest <= 0 < number:
        lowest = number - step * int((number - step / 2) / step) if number > step else number
        lowest = max(lowest, number - below * step)
    places = max(-int(number.as_tuple().exponent), -int(step.as_tuple().exponent), 0)
    line = [lowest + n * step for n in range(OFFERED)]
    return [value if one == number else f"{relation}{one:.{places}f}" for one in line]


def _step(number: Decimal) -> Decimal:
    """About a tenth of the number, in its own last digit or finer: 2.6 → 0.3, 68 → 7."""
    digits = number.as_tuple()
    last = Decimal((0, (1,), int(digits.exponent)))
    tenth = (abs(number) / 10).quantize(last) if number else Decimal(1)
    return max(tenth, last)


def _hash(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:8])
