"""Payments and refunds in the same words for every pay platform, and how they can fail.

Amounts are fen. Moments are aware and real (the wire clock): a platform knows no other time.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from wx_backend.base.errors import AppError, GatewayRefused
from wx_backend.gateways.billing import BillsPort

_TRADE_NUMBER = re.compile(r"[0-9A-Za-z_-]{6,32}")
_REFUND_NUMBER = re.compile(r"[0-9A-Za-z_-]{1,64}")

TradeState = Literal[
    "NOTPAY", "SUCCESS", "CLOSED", "REFUND", "USERPAYING", "PAYERROR", "REVOKED", "NOT_EXIST"
]
RefundStatus = Literal["PROCESSING", "SUCCESS", "CLOSED", "ABNORMAL", "NOT_EXIST"]


class Prepay(msgspec.Struct, frozen=True, kw_only=True):
    """One payment to open. The same `out_trade_no` must always come with the same values.

    `openid` is who pays inside WeChat or Alipay, in the application `appid` (else the merchant's
    usual one), `client_ip` where a browser outside WeChat is,
    `back_to` where Alipay's pay page sends the payer afterwards.
    """

    out_trade_no: str
    description: str
    amount_fen: int
    expires_at: datetime
    openid: str | None = None
    appid: str = ""
    client_ip: str | None = None
    back_to: str | None = None

    def __post_init__(self) -> None:
        checked_number(self.out_trade_no)
        if not 1 <= len(self.description) <= 127 or self.amount_fen < 1:
            raise ValueError("a payment needs 1-127 characters of description and at least 1 fen")


class PaymentState(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform knows about an `out_trade_no`. `amount_fen` and the rest are there once it
    is paid.
    """

    state: TradeState
    mchid: str | None = None
    appid: str | None = None
    transaction_id: str | None = None
    amount_fen: int | None = None
    paid_at: datetime | None = None


class RefundRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Give back `refund_fen` of a payment of `total_fen`. Repeat a failed request with the same
    `out_refund_no`.
    """

    out_trade_no: str
    out_refund_no: str
    refund_fen: int
    total_fen: int
    reason: str

    def __post_init__(self) -> None:
        checked_number(self.out_trade_no)
        checked_refund_number(self.out_refund_no)
        if not 1 <= self.refund_fen <= self.total_fen:
            raise ValueError("a refund gives back at least 1 fen and at most what was paid")


class RefundState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a refund is. PROCESSING means accepted, not paid out; ABNORMAL needs a person."""

    status: RefundStatus
    refund_id: str | None = None
    refund_fen: int | None = None
    refunded_at: datetime | None = None


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """A verified and decrypted call of the platform about our merchant.

    `kind` is WeChat Pay's TRANSACTION.SUCCESS or REFUND.{SUCCESS,ABNORMAL,CLOSED}, or Alipay's
    TRADE_SUCCESS, TRADE_FINISHED, TRADE_CLOSED or REFUND. `amount_fen` is what was paid, or for a
    refund what is given back; None where the platform tells only a sum of several: ask it. Unique
    by (`kind`, `reference`): a platform repeats itself under new `event_id`s.
    """

    kind: str
    event_id: str
    at: datetime
    mchid: str
    out_trade_no: str
    transaction_id: str
    amount_fen: int | None
    status: str
    appid: str | None = None
    out_refund_no: str | None = None
    refund_id: str | None = None

    @property
    def reference(self) -> str:
        """The platform's own number of the thing that happened."""
        return self.refund_id or self.transaction_id


class AlreadyPaidOnPlatform(GatewayRefused):
    """The payment went through: query it, do not close or open it."""

    code, message = "already_paid", "该笔订单已支付"


class NotEnoughBalance(GatewayRefused):
    """The merchant's account cannot cover the refund now; the same refund may succeed later."""

    code, message = "merchant_balance_low", "商户余额不足，退款稍后重试"


class KeysRefused(GatewayRefused):
    """The platform takes our signature or our clock for wrong; the same may pass once mended."""

    code, message = "merchant_keys_refused", "支付平台未接受商户签名，请稍后再试"


class PlatformLimited(AppError):
    """Refused for being too frequent; nothing happened. Repeat later with the same numbers."""

    code, status, message = "platform_limited", 503, "支付平台繁忙，请稍后再试"


class PayCallbacks(Protocol):
    """Reads what the platform posts to us. Never calls out."""

    def parse(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """Raises `CallbackRejected`; answer that with its 4xx, so that the platform tries again."""


class PayPort(Protocol):
    """One merchant of a pay platform, however a payment there was opened.

    Every call raises `GatewayUnknown` when the outcome is not known (time-out, 5xx, an answer that
    is not signed by the platform, its own "unknown"): query by our number before anything else.
    `GatewayRefused` and `PlatformLimited` are definite; `GatewayBusy` means we did not ask.
    """

    callbacks: PayCallbacks
    bills: BillsPort

    async def query(self, out_trade_no: str) -> PaymentState:
        """The truth about a payment; state NOT_EXIST when the platform never heard of it."""

    async def close(self, out_trade_no: str) -> None:
        """Make sure it can no longer be paid; also fine when it is closed or unknown. Raises
        `AlreadyPaidOnPlatform`.
        """

    async def refund(self, request: RefundRequest) -> RefundState:
        """Ask for a refund; only SUCCESS means that money has moved. Raises `NotEnoughBalance`."""

    async def query_refund(self, out_trade_no: str, out_refund_no: str) -> RefundState:
        """The truth about a refund; status NOT_EXIST when the platform never heard of it."""


def checked_number(number: str) -> str:
    """An `out_trade_no` the platform takes and a URL path can carry; else ValueError."""
    if not _TRADE_NUMBER.fullmatch(number):
        raise ValueError("a payment number has 6-32 characters of 0-9 A-Z a-z _ -")
    return number


def checked_refund_number(number: str) -> str:
    """An `out_refund_no` the platform takes and a URL path can carry; else ValueError."""
    if not _REFUND_NUMBER.fullmatch(number):
        raise ValueError("a refund number has 1-64 characters of 0-9 A-Z a-z _ -")
    return number
