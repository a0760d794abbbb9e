"""An order's dealings with its payment platform: ask, and write down what was answered.

Every call has a definite answer, or raises GatewayUnknown; unknown is asked about later and never
taken for a failure.
"""

import asyncio
import logging

from booking.payments import posting, store
from booking.payments.ledger import Attempt, Refund
from booking.payments.model import GIVEN_OUT_FOR, H5, JSAPI, CannotPayHere, Order, Ticket
from wx_backend.base.context import Ctx
from wx_backend.base.errors import GatewayRefused
from wx_backend.base.ratelimit import Buckets
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.paying import AlreadyPaidOnPlatform, Prepay, RefundRequest
from wx_backend.gateways.wechat_pay.port import WeChatPayPort
from wx_backend.identity.accounts import service as accounts

log = logging.getLogger(__name__)

PASSING = frozenset({"NOT_ENOUGH", "SIGN_ERROR"})
"""Refusals that lie with the merchant's balance or clock: the same refund may pass later."""

PACE = "refunds"
REFUNDS_A_SECOND = 15
"""By one process for one merchant: the platform takes 150 in all (protocols.md 4.4), and a stopped
clinic gives hundreds of patients their money back at one moment."""


async def port(ctx: Ctx, order: Order) -> WeChatPayPort:
    """The merchant's client for this order."""
    channel = await institutions.channel(ctx, order.channel)
    return await institutions.wechat_pay(ctx, channel)


async def prepay(ctx: Ctx, order: Order, attempt: Attempt) -> Order:
    """Asks the platform for a prepay id or address; repeating it with the same number is safe.

    What was paid already, after an answer that was lost, is recorded as paid.

    Raises:
        CannotPayHere: JSAPI without an openid of the merchant's appid.
        GatewayUnknown, GatewayRefused.
    """
    pay = await port(ctx, order)
    request = Prepay(
        out_trade_no=attempt.no,
        description=order.title,
        amount_fen=attempt.fen,
        expires_at=attempt.expires_at,
        openid=await _openid(ctx, order) if attempt.method == JSAPI else None,
        client_ip=attempt.client_ip,
    )
    until = ctx.wire_now() + GIVEN_OUT_FOR[attempt.method]
    try:
        given = await (pay.prepay_jsapi if attempt.method == JSAPI else pay.prepay_h5)(request)
    except AlreadyPaidOnPlatform:
        return await ask(ctx, order, attempt)
    return await store.append(
        ctx, order, lambda _, known: posting.ready(known, attempt.no, given, ctx.now(), until)
    )


async def ticket(ctx: Ctx, order: Order, attempt: Attempt) -> Ticket:
    """What the browser needs to pay this attempt."""
    if attempt.method == H5:
        return Ticket(order=order.id, method=H5, url=attempt.prepay)
    pay = await port(ctx, order)
    return Ticket(order=order.id, method=JSAPI, jsapi=pay.jsapi_params(attempt.prepay))


async def ask(ctx: Ctx, order: Order, attempt: Attempt) -> Order:
    """Asks what became of an attempt and writes it down. Raises GatewayUnknown."""
    said = await (await port(ctx, order)).query(attempt.no)
    if said.state in ("SUCCESS", "REFUND"):
        return await record_paid(ctx, order, attempt.no, said.amount_fen, said.transaction_id)
    if attempt.dead_on(said.state, ctx.wire_now()):
        return await _record_closed(ctx, order, attempt)
    return order


async def close(ctx: Ctx, order: Order, attempt: Attempt) -> Order:
    """Asks first, then closes what is unpaid; a payment that slipped in between is recorded.

    Raises:
        GatewayUnknown: the attempt may still be paid.
    """
    order = await ask(ctx, order, attempt)
    if order.ledger().attempts[attempt.no].state == "PAID":
        return order
    try:
        await (await port(ctx, order)).close(attempt.no)
    except AlreadyPaidOnPlatform:
        return await ask(ctx, order, attempt)
    return await _record_closed(ctx, order, attempt)


async def _record_closed(ctx: Ctx, order: Order, attempt: Attempt) -> Order:
    return await store.append(
        ctx, order, lambda _, known: posting.closed(known, attempt.no, ctx.now())
    )


async def record_paid(ctx: Ctx, order: Order, no: str, fen: int, transaction: str) -> Order:
    """Money has arrived for attempt ``no``. Raises AmountDiffers, UnknownReference."""
    return await store.append(
        ctx,
        order,
        lambda seen, known: posting.paid(known, no, fen, transaction, ctx.now(), seen.amount_fen),
    )


async def record_refund(
    ctx: Ctx, order: Order, no: str, state: str, fen: int | None = None
) -> Order:
    """What the platform says of refund ``no``. Raises AmountDiffers, UnknownReference."""
    return await store.append(
        ctx, order, lambda _, known: posting.refund_result(known, no, state, ctx.now(), fen)
    )


async def _in_turn(ctx: Ctx, order: Order) -> None:
    """Waits until the merchant may ask for another refund."""
    process = ctx.house.views
    if PACE not in process:
        process[PACE] = Buckets(REFUNDS_A_SECOND, REFUNDS_A_SECOND, ctx.house.wire)
    if not process[PACE].take(order.merchant):
        await asyncio.sleep(process[PACE].retry_after(order.merchant))
        await _in_turn(ctx, order)


async def submit_refund(ctx: Ctx, order: Order, refund: Refund) -> Order:
    """Sends a refund; repeating it with the same number is safe. A refusal waits for a person.

    Raises:
        GatewayUnknown, and GatewayRefused for what may pass later: try again, same number.
    """
    paid = order.ledger().attempts[refund.attempt]
    await _in_turn(ctx, order)
    try:
        said = await (await port(ctx, order)).refund(
            RefundRequest(
                out_trade_no=refund.attempt,
                out_refund_no=refund.no,
                refund_fen=refund.fen,
                total_fen=paid.fen,
                reason=refund.reason,
            )
        )
    except GatewayRefused as error:
        if error.data["platform_code"] in PASSING:
            raise
        log.error("refund refused", extra={"order": order.id, **error.data})
        return await record_refund(ctx, order, refund.no, "ABNORMAL")
    return await record_refund(ctx, order, refund.no, said.status, said.refund_fen)


async def ask_refund(ctx: Ctx, order: Order, refund: Refund) -> Order:
    """Asks what became of a refund. Raises GatewayUnknown."""
    said = await (await port(ctx, order)).query_refund(refund.no)
    if said.status == "NOT_EXIST":
        return await submit_refund(ctx, order, refund)
    return await record_refund(ctx, order, refund.no, said.status, said.refund_fen)


async def _openid(ctx: Ctx, order: Order) -> str:
    channel = await institutions.channel(ctx, order.channel)
    openid = await accounts.openid(ctx, order.account, channel.appid)
    if openid is None:
        raise CannotPayHere()
    return openid
