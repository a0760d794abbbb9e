"""The platform's field types of template messages: what fits, cut safely (pure).

Source: protocols.md 1.5. A field's name is its type and a number: ``thing1``, ``time4``.
"""

import re

from wx_backend.base.errors import Invalid

NAME = re.compile(r"([a-z_]+?)\d+")
UNWANTED = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d\x00-\x08\x0e-\x1f\x7f]")
"""Emoji, which the platform refuses, and control characters."""

BLANK = re.compile(r"\s+")
REFUSED = re.compile(r"data\.(\w+)\.value")

_DATE = r"\d{4}年\d{1,2}月\d{1,2}日"
_CLOCK = r"\d{1,2}:\d{2}"
_MOMENT = rf"({_DATE}( {_CLOCK})?|{_CLOCK})"

CUT = {"thing": 20, "const": 20, "name": 10, "car_number": 8}
"""Text that may be shortened; an ellipsis shows that it was."""

KEPT = {
    "character_string": (re.compile(r"[^\x21-\x7e]"), 32),
    "letter": (re.compile(r"[^A-Za-z]"), 32),
    "phone_number": (re.compile(r"[^\d+\-() ]"), 17),
    "phrase": (re.compile(r"[^\u4e00-\u9fff]"), 5),
}
"""Characters that are dropped, and the most that may remain."""

EXACT = {
    "number": re.compile(r"\d{1,32}(\.\d+)?"),
    "time": re.compile(rf"{_MOMENT}(~{_MOMENT})?"),
    "date": re.compile(rf"{_MOMENT}(~{_MOMENT})?"),
    "amount": re.compile(r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
}
"""Shapes that cutting would make wrong: a shortened amount is another amount."""

EMPTY = {"thing": "无", "const": "无", "phrase": "无", "character_string": "-"}
"""What stands for nothing, since the platform refuses an empty value."""


class Unfit(Invalid):
    """A value that no cutting can make fit; the template or the event's data must be mended."""

    code, message = "unfit_field", "消息字段不符合平台要求"


def fit(field: str, value: str) -> str:
    """``value`` as the platform takes it in ``field``.

    Raises:
        Unfit: an unknown type, a wrong shape, or nothing left of it.
    """
    match = NAME.fullmatch(field)
    kind = match[1] if match else ""
    text = BLANK.sub(" ", UNWANTED.sub("", value)).strip()
    if kind in EXACT:
        if not EXACT[kind].fullmatch(text):
            raise Unfit(field=field)
        return text
    if kind in KEPT:
        unwanted, most = KEPT[kind]
        text = unwanted.sub("", text)[:most].strip()
    elif kind in CUT:
        text = shorten(text, CUT[kind])
    else:
        raise Unfit(field=field)
    text = text or EMPTY.get(kind, "")
    if not text:
        raise Unfit(field=field)
    return text


def known(field: str) -> bool:
    """Whether the platform has this type of field, and we know what fits into it."""
    match = NAME.fullmatch(field)
    return bool(match) and any(match[1] in kinds for kinds in (CUT, KEPT, EXACT))


def named_in(words: str) -> str:
    """The field that a platform's refusal names (47003: ``data.thing1.value``), or nothing."""
    found = REFUSED.search(words)
    return found[1] if found else ""


def shorten(text: str, most: int) -> str:
    """At most ``most`` characters, the last one an ellipsis when something was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
