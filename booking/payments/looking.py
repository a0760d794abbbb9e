"""The round that keeps orders moving, with or without a notify."""

import logging
from collections.abc import Awaitable, Callable

from booking.payments import insuring, platform, posting, store
from booking.payments.ledger import Attempt, Refund
from booking.payments.model import UNSETTLED, Order, asked_back, refund_turn
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError
from wx_backend.base.sweeper import claim_due, side_by_side

log = logging.getLogger(__name__)

Step = (
    Callable[[Ctx, Order, Attempt], Awaitable[Order]]
    | Callable[[Ctx, Order, Refund], Awaitable[Order]]
)


async def look(ctx: Ctx) -> int:
    """Looks at orders that are due: submits and asks after refunds, asks after open attempts; what
    is unpaid when its time is over lapses; both halves of an insured one are kept, or go back.
    """
    docs = await claim_due(ctx, store.ORDERS, limit=20, lease_seconds=60)
    await side_by_side(lambda doc: _look(ctx.within(doc["inst"]), store.order_of(doc)), docs)
    return len(docs)


async def _look(ctx: Ctx, found: Order) -> None:
    """A look; when it brings nothing new, or no answer, the next one comes later."""
    order = found
    for attempt in order.ledger().payable_attempts():
        order = await _tried(_ask, ctx, order, attempt)
    for refund in asked_back(order.ledger()):
        order = await _tried(_follow, ctx, order, refund)
    if ctx.now() >= order.expires_at:
        order = await store.append(
            ctx, order, lambda seen, known: posting.lapse_order(seen.id, known, ctx.now())
        )
    await insuring.looked_after(ctx, order)
    await store.put_off(ctx, found)


async def _tried(step: Step, ctx: Ctx, order: Order, about: Attempt | Refund) -> Order:
    """What one platform cannot say, or will not do, holds up nothing of the other's."""
    try:
        return await step(ctx, order, about)
    except AppError as error:
        told = {"order": order.id, "ref": about.no, "code": error.code}
        log.warning("order look failed", extra=told)
        return order


async def _ask(ctx: Ctx, order: Order, attempt: Attempt) -> Order:
    """What is live while another attempt has been paid is closed: nobody is to pay twice. So is
    what was let go, once the platform knows of it.
    """
    known = order.ledger()
    paid_twice = known.kept_fen > 0 and attempt == known.live_attempt()
    unwanted = attempt.loose or paid_twice
    return await (platform.close if unwanted else platform.ask)(ctx, order, attempt)


async def _follow(ctx: Ctx, order: Order, refund: Refund) -> Order:
    """A refund whose turn has not come is sent at a later look."""
    if refund.state == "REQUESTED":
        turn = refund_turn(order.ledger(), refund)
        if turn is None or ctx.now() < turn:
            return order
        return await platform.submit_refund(ctx, order, refund)
    if refund.state in UNSETTLED:
        return await platform.ask_refund(ctx, order, refund)
    return order
