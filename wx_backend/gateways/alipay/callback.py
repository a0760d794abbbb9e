"""Reads what Alipay posts to us (protocols.md 5.5): verify, compare, translate."""

import logging
from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec

from wx_backend.base.errors import GatewayUnknown
from wx_backend.gateways.alipay import answers
from wx_backend.gateways.alipay.port import AlipayConfig
from wx_backend.gateways.alipay.sdk import PooledAliPay
from wx_backend.gateways.callback import CallbackRejected
from wx_backend.gateways.paying import Notification

LARGEST = 64 * 1024  # bytes; real notifications have about two thousand

TRADE = "trade_status_sync"
"""What a notification about a trade calls itself; other products tell other things."""

logger = logging.getLogger(__name__)


class _Notice(msgspec.Struct):
    """A refund's notification is that of its trade, with `refund_fee` and `out_biz_no`."""

    notify_id: str
    notify_type: str
    notify_time: str
    app_id: str
    seller_id: str
    out_trade_no: str
    trade_no: str
    trade_status: str
    total_amount: str
    gmt_payment: str | None = None
    refund_fee: str | None = None
    out_biz_no: str | None = None
    gmt_refund: str | None = None


class CallbackReader:
    """Implements `PayCallbacks` for one application. Answer `success`, seven characters, or it
    comes again eight times within a day.
    """

    def __init__(self, config: AlipayConfig, sdk: PooledAliPay) -> None:
        self._config, self._sdk = config, sdk

    def parse(self, headers: Mapping[str, str], body: bytes) -> Notification:
        if len(body) > LARGEST:
            raise CallbackRejected("too_large")
        notice = self._own(self._opened(body))
        try:
            return _notification(notice)
        except GatewayUnknown as error:  # an amount or a time that is none
            raise CallbackRejected("malformed") from error

    def _opened(self, body: bytes) -> _Notice:
        """Blanks count: the platform has signed them, so nothing is stripped."""
        try:
            pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True)
        except ValueError as error:
            raise CallbackRejected("malformed") from error
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise CallbackRejected("malformed")
        sign, kind = fields.pop("sign", ""), fields.pop("sign_type", "")
        if not sign or kind != "RSA2":
            raise CallbackRejected("unsigned")
        plain = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
        if not self._sdk.signed(plain, sign):
            raise CallbackRejected("bad_signature")
        try:
            return msgspec.convert(fields, _Notice)
        except msgspec.ValidationError as error:
            raise CallbackRejected("malformed") from error

    def _own(self, notice: _Notice) -> _Notice:
        if (notice.app_id, notice.seller_id) != (self._config.app_id, self._config.seller_id):
            logger.error("alipay.other_merchant", extra={"event_id": notice.notify_id})
            raise CallbackRejected("other_merchant")
        if notice.notify_type != TRADE:
            raise CallbackRejected("unknown_kind")
        return notice


def _notification(notice: _Notice) -> Notification:
    """A refund is told as its trade, with the sum of all refunds, and not with every product."""
    refund = bool(notice.out_biz_no and notice.refund_fee)
    at = answers.moment(notice.gmt_refund if refund else notice.gmt_payment or notice.notify_time)
    return Notification(
        kind="REFUND" if refund else notice.trade_status,
        event_id=notice.notify_id,
        at=at or answers.moment(notice.notify_time),
        mchid=notice.seller_id,
        appid=notice.app_id,
        out_trade_no=notice.out_trade_no,
        transaction_id=notice.trade_no,
        amount_fen=None if refund else answers.fen(notice.total_amount),
        status=answers.trade_state(notice.trade_status, bool(notice.gmt_payment)),
        out_refund_no=notice.out_biz_no if refund else None,
        refund_id=notice.out_biz_no if refund else None,
    )
