"""The platform's answers in our words. Pure; source: protocols.md 5.4.

Each reader raises `GatewayUnknown` when the answer says nothing definite: the platform's own
"unknown", a success without a signature, or a shape that is not the platform's.
"""

from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from wx_backend.base.errors import AppError, GatewayRefused, GatewayUnknown, Invalid
from wx_backend.base.money import parse_yuan
from wx_backend.gateways.alipay.port import AlipayIdentity, AuthCodeUsed
from wx_backend.gateways.paying import (
    AlreadyPaidOnPlatform,
    KeysRefused,
    NotEnoughBalance,
    PaymentState,
    PlatformLimited,
    RefundState,
    TradeState,
)
from wx_backend.gateways.standing import Trouble

Answer = dict[str, Any]
Shape = TypeVar("Shape", bound=msgspec.Struct)

BEIJING = ZoneInfo("Asia/Shanghai")
DONE = "10000"
CODE_SPENT = "isv.code-invalid"
_NOT_THERE = frozenset({"ACQ.TRADE_NOT_EXIST"})
_NOTHING_OPEN = _NOT_THERE | {"ACQ.TRADE_HAS_CLOSE"}
_UNKNOWN = frozenset({"ACQ.SYSTEM_ERROR", "AQC.SYSTEM_ERROR"})
_SPECIAL: dict[str, type[GatewayRefused]] = {
    "ACQ.TRADE_HAS_SUCCESS": AlreadyPaidOnPlatform,
    "ACQ.TRADE_STATUS_ERROR": AlreadyPaidOnPlatform,
    "ACQ.SELLER_BALANCE_NOT_ENOUGH": NotEnoughBalance,
    "isv.invalid-signature": KeysRefused,
    "isv.invalid-timestamp": KeysRefused,
}
_STATES: dict[str, TradeState] = {
    "WAIT_BUYER_PAY": "NOTPAY",
    "TRADE_SUCCESS": "SUCCESS",
    "TRADE_FINISHED": "SUCCESS",
}


_ACCOUNT = frozenset(
    {"isv.invalid-signature", "isv.invalid-timestamp", "isv.invalid-app-id", "isv.app-not-online"}
)
_RIGHTS = frozenset({"40006", "ACQ.ACCESS_FORBIDDEN", "ACQ.PARTNER_ERROR"})
_NO_RIGHT = "isv.insufficient-"
"""Said of what was asked: a contract may have ended while others go on."""


class _Created(msgspec.Struct):
    trade_no: str


class _Scanned(msgspec.Struct):
    qr_code: str


class _Trade(msgspec.Struct):
    trade_status: str
    trade_no: str
    total_amount: str
    send_pay_date: str | None = None


class _Refunded(msgspec.Struct):
    fund_change: str
    trade_no: str
    refund_fee: str


class _RefundQuery(msgspec.Struct):
    refund_status: str | None = None
    refund_amount: str | None = None
    trade_no: str | None = None
    gmt_refund_pay: str | None = None


class _Token(msgspec.Struct):
    access_token: str
    open_id: str | None = None
    user_id: str | None = None


def trade_no(answer: Answer) -> str:
    """`alipay.trade.create`."""
    return read(answer, _Created).trade_no


def qr_code(answer: Answer) -> str:
    """`alipay.trade.precreate`."""
    return read(answer, _Scanned).qr_code


def payment(answer: Answer) -> PaymentState:
    """`alipay.trade.query`. A trade that was paid and is closed has been refunded in full."""
    if _refused_with(answer, _NOT_THERE):
        return PaymentState(state="NOT_EXIST")
    trade = read(answer, _Trade)
    return PaymentState(
        state=trade_state(trade.trade_status, bool(trade.send_pay_date)),
        transaction_id=trade.trade_no,
        amount_fen=fen(trade.total_amount),
        paid_at=moment(trade.send_pay_date),
    )


def trade_state(status: str, paid: bool) -> TradeState:
    """The platform's word for a trade as ours; ``paid``: it was at some time."""
    return _STATES.get(status, "REFUND" if paid else "CLOSED")


def closed(answer: Answer) -> None:
    """`alipay.trade.close`: done, or refused because nothing is left to close."""
    if answer.get("code") != DONE and not _refused_with(answer, _NOTHING_OPEN):
        raise _refusal(answer)
    _signed(answer)


def refund(answer: Answer) -> RefundState:
    """`alipay.trade.refund`. Only `fund_change` Y means that money has moved; N is asked after."""
    said = read(answer, _Refunded)
    status = "SUCCESS" if said.fund_change == "Y" else "PROCESSING"
    return RefundState(status=status, refund_id=said.trade_no)


def queried_refund(answer: Answer) -> RefundState:
    """`alipay.trade.fastpay.refund.query`: without a status there is no such refund."""
    if _refused_with(answer, _NOT_THERE):
        return RefundState(status="NOT_EXIST")
    said = read(answer, _RefundQuery)
    if said.refund_status != "REFUND_SUCCESS":
        return RefundState(status="PROCESSING" if said.refund_status else "NOT_EXIST")
    return RefundState(
        status="SUCCESS",
        refund_id=said.trade_no,
        refund_fen=fen(said.refund_amount) if said.refund_amount else None,
        refunded_at=moment(said.gmt_refund_pay),
    )


def identity(answer: Answer) -> AlipayIdentity:
    """`alipay.system.oauth.token`: a success has no `code` of its own."""
    if answer.get("sub_code") == CODE_SPENT:
        raise AuthCodeUsed()
    if "code" in answer:
        raise _refusal(answer)
    said = _shaped(_signed(answer), _Token)
    if not (said.open_id or said.user_id):
        raise _unknown()
    return AlipayIdentity(open_id=said.open_id, user_id=said.user_id)


def fen(amount: str) -> int:
    """Raises GatewayUnknown for what is no amount of money."""
    try:
        return parse_yuan(amount)
    except Invalid as error:
        raise _unknown() from error


def moment(text: str | None) -> datetime | None:
    """`yyyy-MM-dd HH:mm:ss` in Beijing. Raises GatewayUnknown."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=BEIJING) if text else None
    except ValueError as error:
        raise _unknown() from error


def read(answer: Answer, shape: type[Shape]) -> Shape:
    """A signed success of this shape. Raises the refusal, or GatewayUnknown."""
    if answer.get("code") != DONE:
        raise _refusal(answer)
    return _shaped(_signed(answer), shape)


def _signed(answer: Answer) -> Answer:
    """Only what the platform has signed is a success."""
    if answer.get("unsigned"):
        raise _unknown()
    return answer


def _shaped(answer: Answer, shape: type[Shape]) -> Shape:
    try:
        return msgspec.convert(answer, shape)
    except msgspec.ValidationError as error:
        raise _unknown() from error


def account_trouble(error: AppError) -> Trouble | None:
    """What a refusal says of the application: its keys, its rights, whether it still is one."""
    code = str(error.data.get("platform_code", ""))
    known = code in _ACCOUNT | _RIGHTS or code.startswith(_NO_RIGHT)
    return Trouble(code, whole=code in _ACCOUNT) if known else None


def _refusal(answer: Answer) -> AppError:
    """Why the platform said no; 20000 and the like are no answer."""
    code, sub_code = str(answer.get("code", "")), str(answer.get("sub_code", ""))
    if code == "40005":
        return PlatformLimited(platform_code=sub_code)
    if not code.startswith("4") or sub_code in _UNKNOWN:
        return GatewayUnknown(platform="alipay", platform_code=sub_code or code)
    kind = _SPECIAL.get(sub_code, GatewayRefused)
    return kind(platform_code=sub_code or code, platform_message=str(answer.get("sub_msg", "")))


def _refused_with(answer: Answer, codes: frozenset[str]) -> bool:
    """Whether the platform itself says so: without its signature it is no fact about a trade."""
    return answer.get("sub_code") in codes and not answer.get("unsigned")


def _unknown() -> GatewayUnknown:
    return GatewayUnknown(platform="alipay")
