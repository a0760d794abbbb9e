"""The rules of WeChat Pay orders and refunds (pure). Source: protocols.md 4.4 and 8.

Order: NOTPAY -> SUCCESS -> REFUND, or NOTPAY -> CLOSED. Refund: PROCESSING -> SUCCESS | ABNORMAL
| CLOSED. All amounts are fen.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from wx_backend.entrypoints.sandbox import people
from wx_backend.entrypoints.sandbox.clock import parse_rfc3339

Body = dict[str, Any]
Apps = Mapping[str, Callable[[str], people.Person | None]]
"""The merchant's applications, by appid: whose an openid is there."""
PREPAY_SECONDS = 2 * 3600
H5_SECONDS = 5 * 60
MOST_REFUNDS = 50

_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{6,32}")
_REFUND_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{1,64}")
_KNOWN = frozenset(
    {
        "appid", "mchid", "description", "out_trade_no", "time_expire", "attach", "notify_url",
        "goods_tag", "settle_info", "support_fapiao", "amount", "detail", "scene_info", "payer",
    }
)  # fmt: skip


class PayError(Exception):
    """An answer other than 2xx. `number` is the support code at the end of Request-ID."""

    def __init__(self, status: int, code: str, message: str, number: int = 268435461) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.number = status, code, message, number


def parameter(message: str) -> PayError:
    return PayError(400, "PARAM_ERROR", message)


def _notify_url(url: object) -> str:
    parts = urlsplit(url) if isinstance(url, str) else None
    if not parts or parts.scheme not in ("http", "https") or not parts.netloc or parts.query:
        raise parameter("notify_url 必须是不带参数的完整地址")
    return str(url)


def _fen(amount: object, name: str) -> int:
    value = amount.get(name) if isinstance(amount, dict) else None
    if type(value) is not int or value < 1:
        raise parameter(f"amount.{name} 必须是大于 0 的整数，单位为分")
    if amount.get("currency", "CNY") != "CNY":
        raise parameter("amount.currency 只支持 CNY")
    return value


def check_prepay(kind: str, body: Body, apps: Apps, mchid: str, now: float) -> None:
    """Judge a prepay request of `kind` jsapi, h5 or native; raises PayError naming the field."""
    if unknown := body.keys() - _KNOWN:
        raise PayError(400, "PARAM_ERROR", f"多余的参数 {sorted(unknown)[0]}", 270924358)
    payers = apps.get(str(body.get("appid")))
    if payers is None or body.get("mchid") != mchid:
        raise PayError(400, "APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配", 268445527)
    if not _NUMBER.fullmatch(str(body.get("out_trade_no", ""))):
        raise parameter("out_trade_no 须为 6-32 位字母、数字或 _-|*")
    if not 1 <= len(str(body.get("description") or "")) <= 127:
        raise parameter("description 须为 1-127 个字符")
    if len(str(body.get("attach") or "")) > 128:
        raise parameter("attach 不能超过 128 个字符")
    _notify_url(body.get("notify_url"))
    _fen(body.get("amount"), "total")
    if expiry(body, now) <= now:
        raise parameter("time_expire 必须晚于当前时间")
    if kind == "jsapi":
        openid = (body.get("payer") or {}).get("openid")
        if not openid:
            raise PayError(400, "PARAM_ERROR", "JSAPI支付必须传openid", 268501013)
        if payers(openid) is None:
            raise PayError(400, "PARAM_ERROR", "无效的openid")
    scene = body.get("scene_info") or {}
    if kind == "h5" and not (scene.get("payer_client_ip") and scene.get("h5_info", {}).get("type")):
        raise parameter("H5支付必须传 scene_info.payer_client_ip 和 h5_info.type")


def expiry(body: Body, now: float) -> float:
    """Until when the order can be paid: `time_expire`, else two hours."""
    if not body.get("time_expire"):
        return now + PREPAY_SECONDS
    try:
        return parse_rfc3339(body["time_expire"])
    except (TypeError, ValueError):
        raise parameter("time_expire 不是 RFC 3339 时间") from None


def check_again(state: str, kept: tuple[str, Body], asked: tuple[str, Body]) -> None:
    """The same out_trade_no once more: only an open order, asked for with the same kind and
    identical parameters, is answered."""
    if state in ("SUCCESS", "REFUND"):
        raise PayError(400, "ORDERPAID", "该订单已支付", 268449538)
    if state == "CLOSED":
        raise PayError(400, "ORDER_CLOSED", "该订单已关闭", 268447914)
    if kept != asked:
        raise PayError(400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", 268498688)


def check_refund(body: Body, total: int, state: str, earlier: list[tuple[str, int]]) -> int:
    """Judge a new refund of a paid order; returns its fen.

    earlier: (status, fen) of the order's other refunds; those CLOSED gave their money back.
    """
    amount = body.get("amount")
    fen = _fen(amount, "refund")
    if _fen(amount, "total") != total:
        raise PayError(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
    if state not in ("SUCCESS", "REFUND"):
        raise PayError(400, "INVALID_REQUEST", "订单未支付，不能退款")
    if len(earlier) >= MOST_REFUNDS:
        raise PayError(400, "INVALID_REQUEST", "部分退款次数超过限制")
    taken = sum(cash for status, cash in earlier if status != "CLOSED")
    if taken + fen > total:
        raise PayError(400, "INVALID_REQUEST", "申请退款金额大于订单可退金额")
    return fen


def check_refund_pace(last: float, now: float, apart: float) -> None:
    """Two refunds of one payment are `apart` seconds apart; `last`: when one was accepted last."""
    if now - last < apart:
        raise PayError(429, "FREQUENCY_LIMITED", "同一笔订单两次退款间隔过短", 268447840)


def check_refund_number(body: Body) -> str:
    number = str(body.get("out_refund_no", ""))
    if not _REFUND_NUMBER.fullmatch(number):
        raise parameter("out_refund_no 须为 1-64 位字母、数字或 _-|*")
    if body.get("notify_url") is not None:
        _notify_url(body["notify_url"])
    return number


def check_refund_again(kept: tuple[str, int], asked: tuple[str, int]) -> None:
    """The same out_refund_no once more must name the same order and the same fen."""
    if kept != asked:
        raise PayError(400, "INVALID_REQUEST", "请求重入时，参数与首次请求时不一致", 268498688)
