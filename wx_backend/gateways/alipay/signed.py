"""The very characters that the platform has signed (protocols.md 5.1). Pure.

An answer is `{"alipay_x_response": {…}, "sign": "…"}`, and the signature is over the text of the
object as it was sent. Written again by us it may differ; the library looks for it by counting
braces and is led astray by a brace inside a string.
"""

import json
import re

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class NotAnAnswer(ValueError):
    """The text is no JSON object of the form that the platform sends."""


def members(text: str) -> dict[str, str]:
    """The top-level members of a JSON object as they stand in `text`.

    Raises:
        NotAnAnswer: it is no object, or a name comes twice: which of the two was signed?
    """
    found: dict[str, str] = {}
    at = _after(text, _skip(text, 0), "{")
    while text[at : at + 1] != "}":
        if found:
            at = _skip(text, _after(text, at, ","))
        name, at = _value(text, at)
        begin = _skip(text, _after(text, _skip(text, at), ":"))
        _, end = _value(text, begin)
        if not isinstance(name, str) or name in found:
            raise NotAnAnswer(f"not one member {name!r}")
        found[name] = text[begin:end]
        at = _skip(text, end)
    return found


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _after(text: str, at: int, sign: str) -> int:
    """Behind `sign`, and the spaces after it."""
    if text[at : at + 1] != sign:
        raise NotAnAnswer(f"no {sign} at {at}")
    return _skip(text, at + 1)


def _value(text: str, at: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError) as error:
        raise NotAnAnswer(f"no value at {at}") from error
