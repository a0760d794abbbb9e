"""What is announced of payments to the cashier. Nothing clinical: no department, no items."""

from typing import Any

from booking.bills.model import DEPOSIT, Payment
from wx_backend.base.context import Ctx
from wx_backend.base.events import EventType, happened

_PAYMENT = {
    "payment": "bil0000000000000000000000000",
    "account": "acc0000000000000000000000000",
    "patient": "王*国",
    "title": "门诊缴费 3 项",
    "fen": 26800,
}

SETTLED = EventType("bill.settled", 1, {**_PAYMENT, "refund_fen": 0})
"""The hospital has the money; ``refund_fen``: of bills that it would not have any more."""
DEPOSITED = EventType(
    "deposit.settled", 1, {**_PAYMENT, "title": "住院预交金", "balance_fen": 186500}
)
REFUSED = EventType("bill.refused", 1, {**_PAYMENT, "refund_fen": 26800})
"""The hospital will not have any of it: all of it goes back."""


def settled(ctx: Ctx, payment: Payment) -> dict:
    """The event of the payment as it is from now on."""
    if payment.kind == DEPOSIT:
        return _change(ctx, DEPOSITED, payment, balance_fen=payment.balance_fen)
    return _change(ctx, SETTLED, payment, refund_fen=payment.refused_fen)


def refused(ctx: Ctx, payment: Payment) -> dict:
    return _change(ctx, REFUSED, payment, refund_fen=payment.fen)


def _change(ctx: Ctx, kind: EventType, payment: Payment, **more: Any) -> dict:
    facts = {
        "payment": payment.id,
        "account": payment.account,
        "patient": payment.patient,
        "title": payment.title,
        "fen": payment.fen,
        **more,
    }
    return happened(ctx, kind, payment.id, payment.version, **facts)


events = [SETTLED, DEPOSITED, REFUSED]
