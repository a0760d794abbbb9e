"""What `message/send` accepts (pure; protocols.md 3.3): kinds, sizes, and the shape of cards.

The platform cuts long texts short; titles of cards are refused here instead, so that a card that
passes is never cut.
"""

import json
import re
from typing import Any

from wx_backend.entrypoints.sandbox.tokens import WechatError

TEXT_BYTES = 2048
_TASK_ID = re.compile(r"[0-9A-Za-z_@-]{1,128}")
_CARDS = ("text_notice", "button_interaction")
_SIZES = {  # characters
    ("main_title", "title"): 36, ("main_title", "desc"): 44, ("sub_title_text",): 160,
}  # fmt: skip
_COUNTS = {"horizontal_content_list": 6, "jump_list": 3, "button_list": 6}
_KEY_BYTES = 1024
_PAGE, _CALLBACK = 1, 0


def content(body: dict[str, Any], has_server: bool) -> dict[str, Any]:
    """The message's own part, judged. `has_server`: a callback address is configured."""
    kind = body.get("msgtype")
    own = body.get(str(kind))
    if kind not in ("text", "markdown", "textcard", "template_card"):
        raise WechatError(40008, "invalid message type")
    if not isinstance(own, dict):
        raise _wrong(f"{kind} is missing")
    if kind == "template_card":
        card(own)
        if own["card_type"] == "button_interaction" and not has_server:
            raise WechatError(43012, "require agent with callback url")
    elif kind == "textcard":
        if not all(own.get(name) for name in ("title", "description", "url")):
            raise _wrong("textcard needs title, description and url")
    elif not own.get("content"):
        raise WechatError(44004, "text content size out of limit")
    else:
        own = {"content": own["content"].encode()[:TEXT_BYTES].decode(errors="ignore")}
    return own


def card(given: dict[str, Any]) -> None:
    """Raise 40058 when a template card is not one."""
    if given.get("card_type") not in _CARDS:
        raise _wrong(f"card_type must be one of {', '.join(_CARDS)}")
    _sizes(given)
    if not (_at(given, ("main_title", "title")) or given.get("sub_title_text")):
        raise _wrong("main_title.title or sub_title_text")
    action = given.get("card_action") or {}
    opens = action.get("type") == _PAGE
    if opens != bool(action.get("url")) or (given["card_type"] == "text_notice" and not opens):
        raise _wrong("card_action")
    if given["card_type"] == "button_interaction":
        if not _TASK_ID.fullmatch(str(given.get("task_id", ""))):
            raise _wrong("task_id")
        if not given.get("button_list"):
            raise _wrong("button_list")
    for button in given.get("button_list", []):
        _button(button)
    for row in given.get("horizontal_content_list", []):
        if not row.get("keyname"):
            raise _wrong("horizontal_content_list.keyname")
    if given.get("button_selection"):
        _selection(given["button_selection"])


def _sizes(given: dict[str, Any]) -> None:
    for path, most in _SIZES.items():
        if len(str(_at(given, path) or "")) > most:
            raise _wrong(f"{'.'.join(path)} is longer than {most}")
    for name, most in _COUNTS.items():
        if len(given.get(name) or []) > most:
            raise _wrong(f"{name} has more than {most}")


def _button(button: dict[str, Any]) -> None:
    opens = button.get("type", _CALLBACK) == _PAGE
    if not button.get("text") or not button.get("url" if opens else "key"):
        raise _wrong("button_list: text, and key or url")
    if len(str(button.get("key", "")).encode()) > _KEY_BYTES:
        raise _wrong("button_list.key")


def _selection(selection: dict[str, Any]) -> None:
    options = selection.get("option_list") or []
    if not selection.get("question_key") or not 1 <= len(options) <= 10:
        raise _wrong("button_selection: question_key, and one to ten options")
    if not all(option.get("id") and option.get("text") for option in options):
        raise _wrong("button_selection.option_list")


def fingerprint(body: dict[str, Any]) -> str:
    """Two messages with the same one are the same message to the duplicate check."""
    counted = {name: value for name, value in body.items() if "duplicate" not in name}
    return json.dumps(counted, ensure_ascii=False, sort_keys=True)


def _at(view: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        view = view.get(name) if isinstance(view, dict) else None
    return view


def _wrong(words: str) -> WechatError:
    return WechatError(40058, f"invalid Request Parameter: {words}")
