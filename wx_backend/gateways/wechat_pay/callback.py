"""Reads what WeChat Pay posts to us (protocols.md 4.5): guard, verify, decrypt, compare."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from wechatpayv3 import WeChatPay

from wx_backend.base.clock import Clock
from wx_backend.gateways.callback import CallbackRejected
from wx_backend.gateways.http.asking import Untrusted
from wx_backend.gateways.paying import Notification
from wx_backend.gateways.wechat_pay.guard import signed_headers
from wx_backend.gateways.wechat_pay.port import PayConfig

LARGEST = 64 * 1024  # bytes; real notifications have about a thousand

logger = logging.getLogger(__name__)


class _Amount(msgspec.Struct):
    total: int
    refund: int | None = None


class _Paid(msgspec.Struct):
    mchid: str
    appid: str
    out_trade_no: str
    transaction_id: str
    trade_state: str
    success_time: datetime
    amount: _Amount


class _Refunded(msgspec.Struct):
    mchid: str
    out_trade_no: str
    transaction_id: str
    out_refund_no: str
    refund_id: str
    refund_status: str
    amount: _Amount
    success_time: datetime | None = None


class _Envelope(msgspec.Struct):
    id: str
    create_time: datetime
    event_type: str
    resource: dict[str, Any]


class CallbackReader:
    """Implements `PayCallbacks` for one merchant."""

    def __init__(self, config: PayConfig, sdk: WeChatPay, clock: Clock) -> None:
        self._config, self._sdk, self._clock = config, sdk, clock

    def parse(self, headers: Mapping[str, str], body: bytes) -> Notification:
        if len(body) > LARGEST:
            raise CallbackRejected("too_large")
        try:
            signed = signed_headers(headers, self._config.platform_keys, self._clock.now())
        except Untrusted as error:
            raise CallbackRejected(error.reason) from None
        return self._own(_notification(self._opened(signed, body)))

    def _opened(self, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        try:
            opened = self._sdk.callback(headers, body)
        except Exception as error:
            # Signed or not, a body that is no notification makes the library raise many things.
            raise CallbackRejected("malformed") from error
        if not opened:
            raise CallbackRejected("bad_signature")
        return opened

    def _own(self, notification: Notification) -> Notification:
        ours = notification.mchid == self._config.mchid
        if not ours or notification.appid not in (None, *self._config.appids):
            logger.error("wechat_pay.other_merchant", extra={"event_id": notification.event_id})
            raise CallbackRejected("other_merchant")
        return notification


def _notification(opened: dict[str, Any]) -> Notification:
    """The decrypted notification in our words. Raises `CallbackRejected` for kinds and shapes we do
    not know.
    """
    try:
        envelope = msgspec.convert(opened, _Envelope)
        if envelope.event_type == "TRANSACTION.SUCCESS":
            return _paid(envelope, msgspec.convert(envelope.resource, _Paid))
        if envelope.event_type.startswith("REFUND."):
            return _refunded(envelope, msgspec.convert(envelope.resource, _Refunded))
    except msgspec.ValidationError as error:
        raise CallbackRejected("malformed") from error
    raise CallbackRejected("unknown_kind")


def _paid(envelope: _Envelope, trade: _Paid) -> Notification:
    return Notification(
        kind=envelope.event_type,
        event_id=envelope.id,
        at=trade.success_time,
        mchid=trade.mchid,
        appid=trade.appid,
        out_trade_no=trade.out_trade_no,
        transaction_id=trade.transaction_id,
        amount_fen=trade.amount.total,
        status=trade.trade_state,
    )


def _refunded(envelope: _Envelope, refund: _Refunded) -> Notification:
    if refund.amount.refund is None:
        raise CallbackRejected("malformed")
    return Notification(
        kind=envelope.event_type,
        event_id=envelope.id,
        at=refund.success_time or envelope.create_time,
        mchid=refund.mchid,
        out_trade_no=refund.out_trade_no,
        transaction_id=refund.transaction_id,
        amount_fen=refund.amount.refund,
        status=refund.refund_status,
        out_refund_no=refund.out_refund_no,
        refund_id=refund.refund_id,
    )
