"""What Alipay refuses, and in which words (pure). Source: protocols.md 5.4.

Trade: WAIT_BUYER_PAY -> TRADE_SUCCESS -> TRADE_CLOSED (refunded in full), or -> TRADE_CLOSED. A
precreated one is UNSCANNED until somebody scans its code: nobody else knows it. Amounts are fen.
"""

import re
from datetime import datetime
from typing import Any

from wx_backend.entrypoints.sandbox.clock import CHINA

Content = dict[str, Any]
QR_SECONDS = 2 * 3600
_AMOUNT = re.compile(r"(\d{1,9})\.(\d{2})")
_NUMBER = re.compile(r"[0-9A-Za-z_]{1,64}")


class AlipayError(Exception):
    """A refusal: `code`, `sub_code`, words. `signed` refusals are about a trade; the others say
    that the request itself cannot be attributed."""

    def __init__(self, code: str, sub_code: str, words: str, signed: bool = True) -> None:
        super().__init__(f"{code} {sub_code} {words}")
        self.code, self.sub_code, self.message, self.signed = code, sub_code, words, signed

    def content(self) -> Content:
        says = {"40004": "Business Failed", "20000": "Service Currently Unavailable"}
        return {
            "code": self.code,
            "msg": says.get(self.code, "Invalid Arguments"),
            "sub_code": self.sub_code,
            "sub_msg": self.message,
        }


def business(sub_code: str, words: str) -> AlipayError:
    return AlipayError("40004", f"ACQ.{sub_code}", words)


def invalid(sub_code: str, words: str) -> AlipayError:
    return AlipayError("40002", f"isv.{sub_code}", words, signed=False)


def not_there() -> AlipayError:
    return business("TRADE_NOT_EXIST", "交易不存在")


def fen(amount: object) -> int:
    """`"50.00"` -> 5000: a text with two decimals, more than nothing."""
    found = _AMOUNT.fullmatch(amount) if isinstance(amount, str) else None
    value = int(found[1]) * 100 + int(found[2]) if found else 0
    if value < 1:
        raise business("INVALID_PARAMETER", "金额须为大于 0 的元，两位小数")
    return value


def moment(text: str) -> float:
    """Seconds of a `yyyy-MM-dd HH:mm:ss` in Beijing."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).timestamp()
    except ValueError:
        raise business("INVALID_PARAMETER", "时间格式须为 yyyy-MM-dd HH:mm:ss") from None


def beijing(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, CHINA).strftime("%Y-%m-%d %H:%M:%S")


def check_trade(content: Content, now: float) -> tuple[int, float]:
    """The fen of a new trade, and until when it can be paid."""
    if not _NUMBER.fullmatch(str(content.get("out_trade_no", ""))):
        raise business("INVALID_PARAMETER", "out_trade_no 须为 1-64 位字母、数字或下划线")
    if not 1 <= len(str(content.get("subject") or "")) <= 256:
        raise business("INVALID_PARAMETER", "subject 须为 1-256 个字符")
    total = fen(content.get("total_amount"))
    until = content.get("time_expire")
    expires = moment(until) if until else now + QR_SECONDS
    if expires <= now:
        raise business("INVALID_PARAMETER", "time_expire 必须晚于当前时间")
    return total, expires


def check_again(state: str, kept: Content, asked: Content) -> None:
    """The same out_trade_no once more: an open trade asked for with identical parameters."""
    if state == "TRADE_SUCCESS":
        raise business("TRADE_HAS_SUCCESS", "交易已被支付")
    if state == "TRADE_CLOSED":
        raise business("TRADE_HAS_CLOSE", "交易已经关闭")
    if kept != asked:
        raise business("CONTEXT_INCONSISTENT", "交易信息被篡改")


def check_refund(total: int, refunded: int, amount: int) -> None:
    if refunded + amount > total:
        raise business("REASON_TRADE_REFUND_FEE_ERR", "退款金额超限")
