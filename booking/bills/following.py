"""What money, and what the HIS says of it, do to a payment. Everything here may be repeated."""

import logging
from datetime import timedelta

from msgspec.structs import replace

from booking.bills import cashier, events, store
from booking.bills.model import (
    ALREADY_PAID,
    BILL,
    PAID_AGAIN,
    PART_PAID,
    PAYMENT,
    STAY_OVER,
    Payment,
    outcome,
)
from booking.payments import service as payments
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError
from wx_backend.base.sweeper import side_by_side

log = logging.getLogger(__name__)

RETRY = timedelta(seconds=30)
PATIENCE = timedelta(minutes=10)
"""How long its bills stay claimed while a pay platform cannot say whether it was paid."""
AT_ONCE = 20


async def paid(ctx: Ctx, key: str) -> Payment | None:
    """The money is here."""
    return await _move(ctx, key, "pay")


async def came(ctx: Ctx, key: str) -> None:
    """Money has come. Who pays, with a code that was let go, what went back already is given it
    back too.
    """
    payment = await paid(ctx, key)
    if payment and payment.state == "REFUNDED":
        await payments.unwind(ctx, payment.purpose, PAID_AGAIN)


async def booked(ctx: Ctx, key: str) -> None:
    """The HIS has decided about the money, for or against: what it says of the bills is what is
    kept. A second payment of the same bills, which it refuses, undoes nothing of the first.

    Raises:
        CashierSilent: asked again with the event.
    """
    payment = await paid(ctx, key)
    if payment and payment.state == "PAID":
        payment = await (_decide(ctx, payment) if payment.kind == BILL else _credit(ctx, payment))
    await _give_back(ctx, payment)


async def refused(ctx: Ctx, key: str) -> None:
    """The HIS will not have a payment in its books, for good. Raises CashierSilent."""
    payment = await paid(ctx, key)
    if payment is None or payment.kind == BILL:
        await booked(ctx, key)
        return
    if payment.state == "PAID":
        payment = await _refuse(ctx, payment)
    await _give_back(ctx, payment)


async def booked_by_hand(ctx: Ctx, key: str) -> None:
    """Somebody of the hospital has put it into the HIS's books: it is as if it were posted."""
    payment = await paid(ctx, key)
    if payment and payment.state == "PAID":
        await _settle(ctx, payment)


async def _decide(ctx: Ctx, payment: Payment) -> Payment | None:
    result = outcome(payment, await cashier.bills(ctx, payment.references))
    if result.taken:
        return await _settle(ctx, payment, refused=result.refused)
    return await _refuse(ctx, payment)


async def _credit(ctx: Ctx, payment: Payment) -> Payment | None:
    stay = await cashier.stay(ctx, payment.references[0])
    return await _settle(ctx, payment, balance_fen=stay.balance_fen)


async def _settle(ctx: Ctx, payment: Payment, **known: object) -> Payment | None:
    after = _next(payment, "settle", settled_at=ctx.now(), **known)
    return await store.advance(ctx, payment, after, events.settled(ctx, after))


async def _refuse(ctx: Ctx, payment: Payment) -> Payment | None:
    after = _next(payment, "refuse")
    return await store.advance(ctx, payment, after, events.refused(ctx, after))


async def _give_back(ctx: Ctx, payment: Payment | None) -> None:
    """Whatever the HIS would not have; None: somebody else is deciding, and gives it back."""
    if payment is None:
        return
    if payment.state == "REFUSED":
        reason = ALREADY_PAID if payment.kind == BILL else STAY_OVER
        await payments.unwind(ctx, payment.purpose, reason)
    elif payment.state == "SETTLED" and payment.refused_fen:
        kept = payment.fen - payment.refused_fen
        await payments.trim(ctx, payment.purpose, kept, PART_PAID)


async def returned(ctx: Ctx, key: str) -> None:
    """Money went back: when none of it is kept, the bills may be paid anew."""
    payment = await paid(ctx, key)
    if payment is None or payment.state not in PAYMENT.sources("return"):
        return
    order = await payments.find(ctx, payment.purpose)
    if order and order.state == "REFUNDED":
        await _move(ctx, key, "return")


async def insured(ctx: Ctx, key: str) -> None:
    """The insurance has paid its part, or got it back. What it pays all of is not posted: the HIS
    has settled it with the bureau itself.
    """
    payment = await store.get(ctx, key)
    order = await payments.find(ctx, payment.purpose) if payment else None
    if payment is None or order is None:
        return
    if order.ledger().whole:
        now = await paid(ctx, key)
        if now and now.state == "PAID" and not order.split.self_:
            await _settle(ctx, now)
    elif order.ledger().unwanted and payment.state == "OPEN":
        await let_go(ctx, payment)
    elif payment.state in PAYMENT.sources("return"):
        await returned(ctx, key)


async def let_go(ctx: Ctx, payment: Payment) -> bool:
    """Nothing more is paid for it and its bills are free; False: money has come, or may have.

    Raises:
        GatewayUnknown: an attempt may still be paid.
    """
    if payment.state != "OPEN":
        return payment.state == "LAPSED"
    if await payments.settle(ctx, payment.purpose):
        await paid(ctx, payment.id)
        return False
    after = await _move(ctx, payment.id, "lapse")
    return after is not None and after.state == "LAPSED"


async def expire(ctx: Ctx) -> int:
    """Lets go of payments whose time is over, of all institutions; how many it looked at."""
    found = await store.due(ctx, AT_ONCE)
    await side_by_side(lambda one: _expire(ctx.within(one.inst), one), found)
    return len(found)


async def _expire(ctx: Ctx, payment: Payment) -> None:
    try:
        await let_go(ctx, payment)
    except AppError as error:
        if ctx.now() < payment.expires_at + PATIENCE:
            await store.look_again(ctx, payment, ctx.now() + RETRY)
            return
        log.warning("bills let go unasked", extra={"payment": payment.id, "code": error.code})
        await _move(ctx, payment.id, "lapse")


async def _move(ctx: Ctx, key: str, action: str) -> Payment | None:
    """The payment after ``action``, or as it is when it has gone on; None: there is none."""
    payment = await store.get(ctx, key)
    while payment and (payment.state, action) in PAYMENT.transitions:
        done = await store.advance(ctx, payment, _next(payment, action))
        if done:
            return done
        payment = await store.get(ctx, key)
    return payment


def _next(payment: Payment, action: str, **known: object) -> Payment:
    """Raises WrongState."""
    state = PAYMENT.next(payment.state, action)
    return replace(payment, state=state, version=payment.version + 1, **known)
