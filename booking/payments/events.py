"""What payments announce."""

from wx_backend.base.events import EventType

_ORDER = {
    "order": "ord0000000000000000000000000",
    "purpose": {"kind": "appointment", "id": "apt0000000000000000000000000"},
    "account": "acc0000000000000000000000000",
    "title": "心血管内科 周启明 挂号费",
}

SUCCEEDED = EventType("payment.succeeded", 1, {**_ORDER, "amount_fen": 5000})
REFUNDED = EventType("payment.refunded", 1, {**_ORDER, "amount_fen": 5000, "refund": "ref0"})
REFUND_ABNORMAL = EventType(
    "payment.refund_abnormal", 1, {**_ORDER, "amount_fen": 5000, "refund": "ref0"}
)
REFUND_CLOSED = EventType(
    "payment.refund_closed", 1, {**_ORDER, "amount_fen": 5000, "refund": "ref0"}
)

events = [SUCCEEDED, REFUNDED, REFUND_ABNORMAL, REFUND_CLOSED]
