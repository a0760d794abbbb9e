"""Escape sequences of HL7 v2 text (chapter 2, "Use of escape sequences in text fields"). Pure."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

LINE_BREAK = re.compile(r"\.(?:br|ce|sp\d*)", re.IGNORECASE)
LAYOUT = re.compile(r"[HN]|\.(?:fi|nf|in[+-]?\d*|ti[+-]?\d*)", re.IGNORECASE)
HEX = re.compile(r"[Xx]((?:[0-9A-Fa-f]{2})+)")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


class Separators(Protocol):
    """What ``Marks`` declares."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str


def unescape(text: str, marks: Separators, charset: str) -> str:
    """Plain text: separators, line breaks and hexadecimal bytes (in ``charset``) are put back.

    Highlighting and indentation are dropped. A sequence nobody knows, or one without its end, stays
    as it is.
    """
    if not marks.escape or marks.escape not in text:
        return text
    pattern, meaning = _reader(
        marks.field, marks.component, marks.repetition, marks.escape, marks.subcomponent, charset
    )
    return pattern.sub(meaning, text)


@lru_cache(64)
def _reader(
    field: str, component: str, repetition: str, escape: str, subcomponent: str, charset: str
) -> tuple[re.Pattern[str], Callable[[re.Match[str]], str]]:
    letters = {"F": field, "S": component, "R": repetition, "E": escape, "T": subcomponent}

    def meaning(found: re.Match[str]) -> str:
        code = found[1]
        if code in letters:
            return letters[code]
        if code == "P":  # the truncation character of 2.7
            return "#"
        if LINE_BREAK.fullmatch(code):
            return "\n"
        if LAYOUT.fullmatch(code):
            return ""
        if given := HEX.fullmatch(code):
            return bytes.fromhex(given[1]).decode(charset, errors="replace")
        return found[0]

    mark = re.escape(escape)
    return re.compile(f"{mark}([^{mark}\n]*){mark}"), meaning


def escape(text: str, marks: Separators) -> str:
    """Text that is safe inside a field; ``unescape`` gives it back."""
    mark = marks.escape
    if not mark:
        return CONTROL.sub(" ", text.replace("\n", " "))
    text = text.replace(mark, f"{mark}E{mark}")
    for name in ("field", "component", "repetition", "subcomponent"):
        if (separator := getattr(marks, name)) and separator in text:
            letter = {"field": "F", "component": "S", "repetition": "R", "subcomponent": "T"}[name]
            text = text.replace(separator, f"{mark}{letter}{mark}")
    text = text.replace("\n", f"{mark}.br{mark}")
    return CONTROL.sub(lambda found: f"{mark}X{ord(found[0]):02X}{mark}", text)
