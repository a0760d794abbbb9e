"""What WeChat accepts in a template message (pure). Source: protocols.md 1.5."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

_CURRENCY = "¥￥$€£"
_DATE = r"(\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/]\d{1,2}[-/]\d{1,2})"
_CLOCK = r"\d{1,2}:\d{2}(:\d{2})?"
_MOMENT = rf"({_DATE}( {_CLOCK})?|{_CLOCK})"
_SHAPES = {
    "thing": r".{1,20}",
    "number": r"\d{1,32}(\.\d+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s]{1,5}",
    "character_string": r"[\x21-\x7e]{1,32}",
    "time": rf"{_MOMENT}(~{_MOMENT})?",
    "date": rf"{_MOMENT}(~{_MOMENT})?",
    "amount": rf"[{_CURRENCY}]?\d{{1,10}}(\.\d+)?元?",
    "phone_number": r"[\d+\-() ]{1,17}",
    "car_number": r".{1,8}",
    "name": r"[^\x00-\x7f]{1,10}|[A-Za-z .'*]{1,20}|.{1,10}",
    "phrase": r"[\u4e00-\u9fff]{1,5}",
    "const": r".{1,20}",
}
_SHAPE_OF = {kind: re.compile(shape) for kind, shape in _SHAPES.items()}
_KEY = re.compile(r"([a-z_]+?)\d+")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]")


@dataclass(frozen=True)
class Template:
    """One template of the service account: what the card says and which fields it has."""

    name: str
    title: str
    fields: dict[str, str]

    @property
    def id(self) -> str:
        digest = hashlib.sha256(f"template:{self.name}".encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def load() -> dict[str, Template]:
    """The account's templates by their id, from `data/templates.json`."""
    rows = json.loads((Path(__file__).parent / "data" / "templates.json").read_text("utf-8"))
    return {item.id: item for item in (Template(**row) for row in rows)}


def wrong_field(template: Template, data: object) -> str | None:
    """The first field that WeChat would refuse with 47003, or None when all are good."""
    if not isinstance(data, dict):
        return "data"
    for key in template.fields:
        if key not in data:
            return key
    for key, cell in data.items():
        value = cell.get("value") if isinstance(cell, dict) else None
        kind = _KEY.fullmatch(key)
        if key not in template.fields or not isinstance(value, str) or not kind:
            return key
        if _EMOJI.search(value) or not _SHAPE_OF[kind[1]].fullmatch(value):
            return key
    return None
