"""A refund by a person: at once, or above an amount once somebody else has agreed.

What was agreed to is carried out once: the request is written first, the refund names it, and the
sweep takes up what a crash has left.
"""

from booking.payments import service as payments
from booking.payments.model import Order, cash_owed
from booking.refunding import finding, store
from booking.refunding.model import (
    PENDING,
    REQUEST,
    OwnRefund,
    Request,
    checked,
    request_id,
    unseen,
)
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.money import yuan
from wx_backend.base.sweeper import Sweep, side_by_side
from wx_backend.base.words import Filled
from wx_backend.directory.settings import service as parameters
from wx_backend.identity.worklist import service as worklist

TASK = "refund_approval"
ALONE = "payments.refund_alone_fen"
NOT_LEFT = "可退金额已不足"

find = finding.find


async def ask(ctx: Ctx, order_id: str, fen: int, why: str, key: str) -> Request:
    """A part of an order goes back, or all; ``key``: of the form, so that two presses are one.

    Raises:
        NotFound, Invalid: no amount, more than is left, or no reason.
        InsuredWhole: a part of an insured order.
    """
    known = await store.get(ctx, request_id(order_id, key))
    if known:
        return await _go_on(ctx, known)
    order = await payments.order(ctx, order_id)
    before = await of_order(ctx, order_id)
    pending = [one for one in before if one.state in PENDING]
    words = checked(fen, order.ledger().returnable_fen, pending, why)
    payments.whole_only(order.ledger(), fen)
    alone = fen + unseen(before) <= int(await parameters.resolve(ctx, ALONE))
    request = Request(
        id=request_id(order_id, key),
        inst=ctx.institution or "",
        order=order_id,
        fen=fen,
        why=words,
        asked_by=ctx.actor.id,
        asked_at=ctx.now(),
        state="APPROVED" if alone else REQUEST.initial,
    )
    await ctx.house.audit.record(ctx, "orders:refund_request:made", order_id, fen=fen, why=words)
    await store.add(ctx, request, ctx.now())
    return await _go_on(ctx, request)


async def approve(ctx: Ctx, key: str, version: int) -> Request:
    """Somebody else agrees. Raises NotFound, OwnRefund, WrongState."""
    return await _go_on(ctx, await _decide(ctx, key, version, "approve"))


async def decline(ctx: Ctx, key: str, version: int, words: str) -> Request:
    """Somebody else does not. Raises NotFound, OwnRefund, WrongState, Invalid."""
    if not 2 <= len(words.strip()) <= 80:
        raise Invalid(fields={"words": "请写明不同意的原因（2 至 80 字）"})
    return await _decide(ctx, key, version, "decline", words.strip())


async def cash_handed_over(ctx: Ctx, order_id: str, fen: int) -> Order:
    """The cash that was asked back, ``fen`` in all, is in the payer's hand. Audited; once it is
    written down a repeat changes nothing.

    Raises:
        NotFound; Invalid: it is another amount by now.
    """
    order = await payments.order(ctx, order_id)
    owed = sum(one.fen for one in cash_owed(order.ledger()))
    if owed not in (0, fen):
        wrong = Filled("待退现金现为 %(yuan)s 元，请核对后再登记", yuan=yuan(owed))
        raise Invalid(fields={"cash": wrong})
    await payments.give_cash(ctx, order.purpose)
    return await payments.order(ctx, order_id)


async def of_order(ctx: Ctx, order_id: str) -> list[Request]:
    """Those of an order, oldest first."""
    return await store.of_order(ctx, order_id)


async def carry_out_due(ctx: Ctx) -> int:
    """Goes on with requests that are due, of all institutions; how many."""
    found = await store.due(ctx, 20)

    async def one(request: Request) -> None:
        await _go_on(ctx.within(request.inst), request)

    await side_by_side(one, found)
    return len(found)


async def _decide(ctx: Ctx, key: str, version: int, action: str, words: str = "") -> Request:
    request = await store.get(ctx, key)
    if request is None:
        raise NotFound("没有找到这笔退款申请")
    if request.asked_by == ctx.actor.id:
        raise OwnRefund()
    state = REQUEST.next(request.state, action)
    if request.version != version:
        raise WrongState(state=request.state)
    told = {"fen": request.fen, "words": words}
    await ctx.house.audit.record(ctx, f"orders:refund_request:{action}", request.order, **told)
    done = await store.change(
        ctx, request, state=state, words=words, decided_by=ctx.actor.id, decided_at=ctx.now()
    )
    if done is None:
        raise WrongState()
    await worklist.settle(ctx, TASK, request.id)
    return done


async def _go_on(ctx: Ctx, request: Request) -> Request:
    """Asks somebody else, or carries out what is agreed to; repeats are harmless."""
    if request.state == "WAITING":
        about = f"退款 {yuan(request.fen)} 元待复核：{request.why}"
        await worklist.open_task(ctx, TASK, request.id, request.order, about)
        await store.told(ctx, request)
    if request.state != "APPROVED":
        return request
    fields = {"state": REQUEST.next(request.state, "carry_out")}
    try:
        await payments.refund(ctx, request.order, request.fen, request.why, because=request.id)
    except (Invalid, WrongState):
        fields = {"state": REQUEST.next(request.state, "fail"), "words": NOT_LEFT}
    done = await store.change(ctx, request, **fields)
    return done or await store.get(ctx, request.id) or request


sweeps = [Sweep("refund requests", carry_out_due)]
