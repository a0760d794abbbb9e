"""An order's dealings with its payment platform: ask, and write down what was answered.

Every call has a definite answer, or raises GatewayUnknown; unknown is asked about later and never
taken for a failure.
"""

import asyncio
import logging
from datetime import datetime

from booking.payments import launching, posting, store
from booking.payments.ledger import LIVE, Attempt, Refund
from booking.payments.model import (
    ENTRANCES,
    WAYS,
    CannotPayHere,
    Order,
    Ticket,
    platform_of,
)
from wx_backend.base.context import Ctx
from wx_backend.base.errors import GatewayRefused, GatewayUnknown
from wx_backend.base.ratelimit import Buckets
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.paying import (
    AlreadyPaidOnPlatform,
    KeysRefused,
    NotEnoughBalance,
    PaymentState,
    PayPort,
    Prepay,
    RefundRequest,
)
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.worklist import service as worklist

log = logging.getLogger(__name__)

SHORT = "merchant_short"
"""The work of filling a merchant's balance: one task, however many refunds wait for it."""

PACE = "refunds"
REFUNDS_A_SECOND = 15
"""By one process for one merchant: the platform takes 150 in all (protocols.md 4.4), and a stopped
clinic gives hundreds of patients their money back at one moment."""


async def port(ctx: Ctx, attempt: Attempt) -> PayPort:
    """The merchant that an attempt is made with."""
    return await institutions.merchant(ctx, await institutions.channel(ctx, attempt.terms.channel))


async def prepay(ctx: Ctx, order: Order, attempt: Attempt) -> Order:
    """Has the platform open a payment; repeating it with the same number is safe.

    What was paid already, after an answer that was lost, is recorded as paid.

    Raises:
        CannotPayHere: inside an app whose platform does not know the account.
        GatewayUnknown, GatewayRefused.
    """
    launch = launching.LAUNCHES[attempt.method]
    request = Prepay(
        out_trade_no=attempt.no,
        description=order.title,
        amount_fen=attempt.fen,
        expires_at=attempt.terms.expires_at,
        openid=await _payer(ctx, order, attempt) if launch.inside else None,
        appid=attempt.terms.appid,
        client_ip=attempt.terms.client_ip,
        back_to=attempt.terms.back_to,
    )
    until = ctx.wire_now() + WAYS[attempt.method].lasts
    try:
        given = await launch.ask(await port(ctx, attempt), request)
    except AlreadyPaidOnPlatform:
        return await ask(ctx, order, attempt)
    return await store.append(
        ctx, order, lambda _, known: posting.ready(known, attempt.no, given, ctx.now(), until)
    )


async def ticket(ctx: Ctx, order: Order, attempt: Attempt) -> Ticket:
    """What the payer's device needs to pay this attempt."""
    return launching.ticket(await port(ctx, attempt), order, attempt)


async def ask(ctx: Ctx, order: Order, attempt: Attempt) -> Order:
    """Asks what became of an attempt and writes it down. Raises GatewayUnknown."""
    said = await (await port(ctx, attempt)).query(attempt.no)
    return await _heard(ctx, order, attempt, said)


async def _heard(ctx: Ctx, order: Order, attempt: Attempt, said: PaymentState) -> Order:
    if said.state in ("SUCCESS", "REFUND"):
        transaction = said.transaction_id or ""
        return await record_paid(ctx, order, attempt.no, said.amount_fen, transaction, said.paid_at)
    if attempt.dead_on(said.state, ctx.wire_now()):
        return await _record_closed(ctx, order, attempt)
    return order


async def close(ctx: Ctx, order: Order, attempt: Attempt) -> Order:
    """Asks first, then closes what is unpaid; a payment that slipped in between is recorded.

    What begins on the payer's visit, and has not begun, cannot be closed: it is let go, and asked
    after until it expires. (Alipay's ``cancel`` would end it, and would give back, behind the
    ledger, what was paid in this very moment.)

    Raises:
        GatewayUnknown: the attempt may still be paid.
    """
    pay = await port(ctx, attempt)
    said = await pay.query(attempt.no)
    order = await _heard(ctx, order, attempt, said)
    if order.ledger().attempts[attempt.no].state == "PAID":
        return order
    try:
        await pay.close(attempt.no)
    except AlreadyPaidOnPlatform:
        order = await ask(ctx, order, attempt)
        if order.ledger().attempts[attempt.no].state in LIVE:
            raise GatewayUnknown() from None  # it says both
        return order
    begun = said.state != "NOT_EXIST" or not attempt.terms.on_visit
    return await _record_closed(ctx, order, attempt, loose=not begun)


async def _record_closed(ctx: Ctx, order: Order, attempt: Attempt, loose: bool = False) -> Order:
    return await store.append(
        ctx, order, lambda _, known: posting.closed(known, attempt.no, ctx.now(), loose)
    )


async def record_paid(
    ctx: Ctx, order: Order, no: str, fen: int, transaction: str, paid_at: datetime | None
) -> Order:
    """Money has arrived for attempt ``no``; ``paid_at`` is real time. Raises AmountDiffers,
    UnknownReference.
    """
    moved = _business(ctx, paid_at)
    return await store.append(
        ctx,
        order,
        lambda seen, known: posting.paid(
            known, no, fen, transaction, ctx.now(), seen.split.self_, moved
        ),
    )


async def record_refund(
    ctx: Ctx,
    order: Order,
    no: str,
    state: str,
    fen: int | None = None,
    refunded_at: datetime | None = None,
) -> Order:
    """What the platform says of refund ``no``; ``refunded_at`` is real time. Raises AmountDiffers,
    UnknownReference.
    """
    moved = _business(ctx, refunded_at)
    return await store.append(
        ctx, order, lambda _, known: posting.refund_result(known, no, state, ctx.now(), fen, moved)
    )


def _business(ctx: Ctx, moment: datetime | None) -> datetime | None:
    """A platform's moment as our books have it: never later than now."""
    if moment is None:
        return None
    return min(ctx.house.business.of_wire(moment), ctx.now())


async def _in_turn(ctx: Ctx, merchant: str) -> None:
    """Waits until the merchant may ask for another refund."""
    process = ctx.house.views
    if PACE not in process:
        process[PACE] = Buckets(REFUNDS_A_SECOND, REFUNDS_A_SECOND, ctx.house.wire)
    if not process[PACE].take(merchant):
        await asyncio.sleep(process[PACE].retry_after(merchant))
        await _in_turn(ctx, merchant)


async def submit_refund(ctx: Ctx, order: Order, refund: Refund) -> Order:
    """Sends a refund; repeating it with the same number is safe. A refusal waits for a person.

    Raises:
        GatewayUnknown, and GatewayRefused for what may pass later: try again, same number.
    """
    paid = order.ledger().attempts[refund.attempt]
    merchant = paid.terms.merchant
    await _in_turn(ctx, merchant)
    try:
        said = await (await port(ctx, paid)).refund(
            RefundRequest(
                out_trade_no=refund.attempt,
                out_refund_no=refund.no,
                refund_fen=refund.fen,
                total_fen=paid.fen,
                reason=refund.reason,
            )
        )
    except NotEnoughBalance:
        about = f"商户号 {merchant} 余额不足，退款在等：请充值，到账后自动重发"
        await worklist.open_task(ctx, SHORT, merchant, order.id, about)
        raise
    except KeysRefused:  # keys or clock: the same refund may pass later
        raise
    except GatewayRefused as error:
        log.error("refund refused", extra={"order": order.id, **error.data})
        return await record_refund(ctx, order, refund.no, "ABNORMAL")
    await worklist.settle(ctx, SHORT, merchant)
    return await record_refund(
        ctx, order, refund.no, said.status, said.refund_fen, said.refunded_at
    )


async def ask_refund(ctx: Ctx, order: Order, refund: Refund) -> Order:
    """Asks what became of a refund. Raises GatewayUnknown."""
    paid = order.ledger().attempts[refund.attempt]
    said = await (await port(ctx, paid)).query_refund(paid.no, refund.no)
    if said.status == "NOT_EXIST":
        return await submit_refund(ctx, order, refund)
    return await record_refund(
        ctx, order, refund.no, said.status, said.refund_fen, said.refunded_at
    )


async def _payer(ctx: Ctx, order: Order, attempt: Attempt) -> str:
    """What the platform calls the payer."""
    openid = await accounts.openid(ctx, order.account, attempt.terms.appid)
    if openid is None:
        raise CannotPayHere(ENTRANCES[platform_of(attempt.method)])
    return openid
