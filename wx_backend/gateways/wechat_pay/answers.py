"""The platform's answers, (status, body text), in our words. Pure; source: protocols.md 4.4.

Each reader raises `GatewayUnknown` when the answer says nothing definite: a 5xx, or a body that is
not the platform's.
"""

from datetime import datetime
from typing import TypeVar

import msgspec

from wx_backend.base.errors import AppError, GatewayRefused, GatewayUnknown
from wx_backend.gateways.paying import (
    AlreadyPaidOnPlatform,
    KeysRefused,
    NotEnoughBalance,
    PaymentState,
    PlatformLimited,
    RefundState,
    RefundStatus,
    TradeState,
)
from wx_backend.gateways.standing import Trouble

Shape = TypeVar("Shape", bound=msgspec.Struct)

_NOT_THERE = frozenset({"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS"})
_NOTHING_OPEN = _NOT_THERE | {"ORDER_CLOSED"}
_TOO_OFTEN = frozenset({"FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED"})
_SPECIAL: dict[str, type[GatewayRefused]] = {
    "ORDERPAID": AlreadyPaidOnPlatform,
    "ORDER_PAID": AlreadyPaidOnPlatform,
    "NOT_ENOUGH": NotEnoughBalance,
    "SIGN_ERROR": KeysRefused,
}


_ACCOUNT = frozenset({"SIGN_ERROR", "MCH_NOT_EXISTS"})
_RIGHTS = frozenset({"NO_AUTH", "ACCOUNT_ERROR", "APPID_MCHID_NOT_MATCH"})
"""Said of what was asked: a payment may be stopped while refunds go on."""


class _Prepaid(msgspec.Struct):
    prepay_id: str


class _H5(msgspec.Struct):
    h5_url: str


class _Native(msgspec.Struct):
    code_url: str


class _Total(msgspec.Struct):
    total: int


class _Trade(msgspec.Struct):
    trade_state: TradeState
    mchid: str
    appid: str
    transaction_id: str | None = None
    amount: _Total | None = None
    success_time: datetime | None = None


class _Refunded(msgspec.Struct):
    refund: int


class _Refund(msgspec.Struct):
    refund_id: str
    status: RefundStatus
    amount: _Refunded
    success_time: datetime | None = None


class _Refusal(msgspec.Struct):
    code: str
    message: str = ""


def prepay_id(status: int, text: str) -> str:
    """`POST /v3/pay/transactions/jsapi`."""
    return read(status, text, _Prepaid).prepay_id


def h5_url(status: int, text: str) -> str:
    """`POST /v3/pay/transactions/h5`."""
    return read(status, text, _H5).h5_url


def code_url(status: int, text: str) -> str:
    """`POST /v3/pay/transactions/native`."""
    return read(status, text, _Native).code_url


def payment(status: int, text: str) -> PaymentState:
    """`GET /v3/pay/transactions/out-trade-no/{no}`."""
    if _refused_with(status, text, _NOT_THERE):
        return PaymentState(state="NOT_EXIST")
    trade = read(status, text, _Trade)
    return PaymentState(
        state=trade.trade_state,
        mchid=trade.mchid,
        appid=trade.appid,
        transaction_id=trade.transaction_id or None,
        amount_fen=trade.amount.total if trade.amount else None,
        paid_at=trade.success_time,
    )


def closed(status: int, text: str) -> None:
    """`POST …/close`: done, or refused because nothing is left to close."""
    if status != 204 and not _refused_with(status, text, _NOTHING_OPEN):
        raise _refusal(status, text)


def refund(status: int, text: str) -> RefundState:
    """`POST /v3/refund/domestic/refunds`."""
    answer = read(status, text, _Refund)
    return RefundState(
        status=answer.status,
        refund_id=answer.refund_id,
        refund_fen=answer.amount.refund,
        refunded_at=answer.success_time,
    )


def queried_refund(status: int, text: str) -> RefundState:
    """`GET /v3/refund/domestic/refunds/{out_refund_no}`."""
    if _refused_with(status, text, _NOT_THERE):
        return RefundState(status="NOT_EXIST")
    return refund(status, text)


def read(status: int, text: str, shape: type[Shape]) -> Shape:
    """A success of this shape. Raises the refusal, or GatewayUnknown."""
    if status // 100 != 2:
        raise _refusal(status, text)
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.DecodeError as error:
        raise GatewayUnknown(platform="wechat_pay") from error


def account_trouble(error: AppError) -> Trouble | None:
    """What a refusal says of the merchant: its keys, its rights, whether it still is one."""
    code = str(error.data.get("platform_code", ""))
    return Trouble(code, whole=code in _ACCOUNT) if code in _ACCOUNT | _RIGHTS else None


def _refusal(status: int, text: str) -> AppError:
    """Why the platform said no. Only a 4xx in the platform's own form is a definite no."""
    try:
        refused = msgspec.json.decode(text, type=_Refusal)
    except msgspec.DecodeError:
        return GatewayUnknown(platform="wechat_pay")
    if status // 100 != 4:
        return GatewayUnknown(platform="wechat_pay", platform_code=refused.code)
    if status == 429 or refused.code in _TOO_OFTEN:
        return PlatformLimited(platform_code=refused.code)
    kind = _SPECIAL.get(refused.code, GatewayRefused)
    return kind(platform_code=refused.code, platform_message=refused.message)


def _refused_with(status: int, text: str, codes: frozenset[str]) -> bool:
    if status // 100 != 4:
        return False
    refused = _refusal(status, text)
    return isinstance(refused, GatewayRefused) and refused.data["platform_code"] in codes
