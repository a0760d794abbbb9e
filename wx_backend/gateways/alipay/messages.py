"""Messages of the life account (生活号) and of the mini-program. Pure; source: protocols.md 5.6."""

import json
from typing import Any

from wx_backend.base.errors import AppError
from wx_backend.gateways.alipay.answers import DONE, Answer
from wx_backend.gateways.alipay.port import LifeMessage, MiniMessage
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused, SendUnknown

LIFE = "alipay.open.public.message.single.send"
MINI = "alipay.open.app.mini.templatemessage.send"
LARGEST = 2048
"""Characters of a mini-program message's data."""

COLOUR = "#17202b"
_ACCOUNT = frozenset({"20001", "40006"})
"""The application may not, or its token is void: the message goes out once that is mended."""
_UNPROVEN = frozenset(
    {"isv.invalid-signature", "isv.invalid-app-id", "isv.invalid-timestamp", "isv.invalid-method"}
)
"""40002 about us, and not about the message."""


def life(message: LifeMessage) -> dict[str, Any]:
    """The content of LIFE."""
    context: dict[str, Any] = {
        "head_color": COLOUR, "first": _cell(message.first), **_numbered(message.keywords)
    }  # fmt: skip
    if message.url:
        context |= {"url": message.url, "action_name": message.action}
    template = {"template_id": message.template_id, "context": context}
    return {**_to(message.openid), "template": template}


def mini(message: MiniMessage) -> dict[str, Any]:
    """The content of MINI. Raises SendInvalid: more than the platform takes."""
    cells = {name: {"value": cell["value"]} for name, cell in _numbered(message.keywords).items()}
    data = json.dumps(cells, ensure_ascii=False, separators=(",", ":"))
    if len(data) > LARGEST:
        raise SendInvalid(platform_code="", platform_message="data 超过 2048 个字符")
    content = {"user_template_id": message.template_id, "page": message.page, "data": data}
    return {**_to(message.openid), **content}


def sent(answer: Answer) -> None:
    """What became of it. Only a signed yes is one; what has no definite answer is unknown, for the
    platform knows no number of ours by which it would drop a repetition.

    Raises:
        SendRefused, SendInvalid, SendLater, SendUnknown.
    """
    code, sub_code = str(answer.get("code", "")), str(answer.get("sub_code", ""))
    if code != DONE:
        raise _failure(code, sub_code, str(answer.get("sub_msg", "")))
    if answer.get("unsigned"):
        raise SendUnknown(platform="alipay")


def _failure(code: str, sub_code: str, words: str) -> AppError:
    """40003 and 40004 are about the person: not following, not subscribed, not there."""
    if code == "40005" or code in _ACCOUNT or sub_code in _UNPROVEN:
        return SendLater(platform_code=sub_code or code)
    if not code.startswith("4"):
        return SendUnknown(platform="alipay", platform_code=sub_code or code)
    kind = SendRefused if code in ("40003", "40004") else SendInvalid
    return kind(platform_code=sub_code or code, platform_message=words)


def _to(openid: str) -> dict[str, str]:
    return {"to_user_id" if openid.startswith("2088") else "to_open_id": openid}


def _cell(value: str) -> dict[str, str]:
    return {"value": value, "color": COLOUR}


def _numbered(keywords: tuple[str, ...]) -> dict[str, dict[str, str]]:
    return {f"keyword{n}": _cell(value) for n, value in enumerate(keywords, 1)}
