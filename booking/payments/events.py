"""What payments announce."""

from datetime import UTC, datetime

from wx_backend.base.events import EventType

_ORDER = {
    "order": "ord0000000000000000000000000",
    "purpose": {"kind": "appointment", "id": "apt0000000000000000000000000"},
    "account": "acc0000000000000000000000000",
    "title": "心血管内科 周启明 挂号费",
    "references": ["MZ20261122000001"],
}
_MOVED = {
    **_ORDER,
    "amount_fen": 5000,
    "attempt": "pay0000000000000000000000000",
    "platform": "wechat_pay",
    "merchant": "1900000109",
    "transaction": "4200000000202611220000000000",
    "at": datetime(2026, 11, 22, 1, 0, tzinfo=UTC),
}
"""``at``: when the platform says that the money moved, in business time; ``transaction``: the
platform's number of the payment."""

SUCCEEDED = EventType("payment.succeeded", 1, _MOVED)
REFUNDED = EventType("payment.refunded", 1, {**_MOVED, "refund": "ref0"})
REFUND_ABNORMAL = EventType(
    "payment.refund_abnormal", 1, {**_ORDER, "amount_fen": 5000, "refund": "ref0"}
)
REFUND_CLOSED = EventType(
    "payment.refund_closed", 1, {**_ORDER, "amount_fen": 5000, "refund": "ref0"}
)
FUND_CHANGED = EventType("payment.fund_changed", 1, {**_ORDER, "amount_fen": 4000, "state": "KEPT"})
"""The insurance's half of an order has come into a ``state`` that is known for good."""

events = [SUCCEEDED, REFUNDED, REFUND_ABNORMAL, REFUND_CLOSED, FUND_CHANGED]
