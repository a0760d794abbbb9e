"""Orders: paid, asked after, unwound, given back; what is opened is in ``opening``, the round that
keeps them moving without a notify in ``looking``.
"""

import logging
from collections.abc import AsyncIterator
from datetime import date

from booking.payments import (
    cash,
    insurance,
    insuring,
    looking,
    opening,
    platform,
    posting,
    searching,
    store,
)
from booking.payments.ledger import Attempt, Entry, Ledger
from booking.payments.model import (
    Move,
    Order,
    OrderSpec,
    Standing,
    order_id,
)
from booking.payments.moves import moves as moves_of
from wx_backend.base.context import Ctx
from wx_backend.base.errors import (
    GatewayBusy,
    GatewayUnknown,
    Invalid,
    NotFound,
)
from wx_backend.base.sweeper import Sweep
from wx_backend.gateways.paying import Notification, PlatformLimited
from wx_backend.identity.worklist import service as worklist

log = logging.getLogger(__name__)

ALARM = "payment_alarm"
"""A platform has signed something that our books contradict."""

search = searching.search

find = store.find
open, handed_out, offered = opening.open, opening.handed_out, opening.offered
insurable, decide_fund = insuring.offered, insuring.decide
whole_only = insurance.whole_only


async def order(ctx: Ctx, key: str) -> Order:
    """One order by its id. Raises NotFound."""
    found = await store.get(ctx, key)
    if found is None:
        raise NotFound()
    return found


async def states(ctx: Ctx, purposes: list[dict[str, str]]) -> dict[str, str]:
    """Order states by the purpose's id, for lists; one call, nothing for what has no order."""
    asked = {order_id(purpose): purpose["id"] for purpose in purposes}
    return {asked[key]: state for key, state in (await store.states(ctx, list(asked))).items()}


async def under_way_of(ctx: Ctx, account: str) -> int:
    """How many of the account's orders may still bring money in, or are to give some back."""
    return await store.count_under_way(ctx, account)


async def take_cash(ctx: Ctx, spec: OrderSpec) -> Order:
    """As ``cash.take``, of an order made when there is none yet."""
    return await cash.take(ctx, await store.create(ctx, opening.new_order(ctx, spec)))


async def insure(ctx: Ctx, spec: OrderSpec, authorised: str) -> Order:
    """As ``insuring.begin``, of an order made when there is none yet; ``open`` is for the rest."""
    order = await store.create(ctx, opening.new_order(ctx, spec))
    return await insuring.begin(ctx, order, authorised)


async def give_cash(ctx: Ctx, purpose: dict[str, str]) -> None:
    """As ``cash.give``."""
    order = await find(ctx, purpose)
    if order:
        await cash.give(ctx, order)


async def adopt(ctx: Ctx, purposes: list[dict[str, str]], into: str) -> None:
    """The orders of these purposes belong to another account, who is told of their refunds."""
    await store.adopt(ctx, [order_id(purpose) for purpose in purposes], into)


async def check(ctx: Ctx, purpose: dict[str, str]) -> Order | None:
    """Asks the platform now, for a patient who says to have paid; what is unknown stays open."""
    order = await find(ctx, purpose)
    for attempt in order.ledger().payable_attempts() if order else []:
        try:
            order = await platform.ask(ctx, order, attempt)
        except (GatewayUnknown, GatewayBusy, PlatformLimited):
            log.info("payment not known yet", extra={"order": order.id, "attempt": attempt.no})
    return await insuring.looked_after(ctx, order) if order else None


async def settle(ctx: Ctx, purpose: dict[str, str]) -> bool:
    """Makes sure that nothing more can be paid; True when money has come in. Of an insured order,
    when both halves have; else what has come goes back.

    Raises:
        GatewayUnknown: an attempt may still be paid, or the fund have paid; ask again later.
    """
    order = await find(ctx, purpose)
    if order is None:
        return False
    while live := order.ledger().live_attempt():
        order = await platform.close(ctx, order, live)
    return await insuring.settled(ctx, order) if order.ledger().fund else order.ledger().whole


async def unwind(ctx: Ctx, purpose: dict[str, str], reason: str) -> Order | None:
    """The purpose is gone: no new attempt, open ones are closed, everything paid goes back; of an
    insured order the cash once the fund has been reversed.

    Safe to repeat. Raises GatewayUnknown when an open attempt's fate is unknown; what is known to
    be paid is on its way back even so.
    """
    order = await find(ctx, purpose)
    if order is None:
        return None

    def give_back(seen: Order, known: Ledger) -> list[Entry]:
        now = ctx.now()
        closing = posting.close_order(seen.id, known, now, reason)
        return closing if known.fund else [*closing, *posting.refund_all(known, reason, now)]

    order = await store.append(ctx, order, give_back)
    while live := order.ledger().live_attempt():
        order = await platform.close(ctx, order, live)
    return await insuring.looked_after(ctx, await store.append(ctx, order, give_back))


async def trim(ctx: Ctx, purpose: dict[str, str], keep_fen: int, reason: str) -> None:
    """Of what was paid no more than ``keep_fen`` stays; nothing of an insured order, which the
    bureau reverses whole. Safe to repeat.
    """
    order = await find(ctx, purpose)
    if order and order.ledger().fund:
        if keep_fen < order.amount_fen:
            await unwind(ctx, purpose, reason)
    elif order:
        await store.append(
            ctx, order, lambda _, known: posting.refund_over(known, keep_fen, reason, ctx.now())
        )


async def refund(ctx: Ctx, key: str, fen: int, reason: str, because: str = "") -> Order:
    """Staff give a part back, or all; the same twice is two refunds, unless both name the same
    decision (``because``). Audited.

    Raises:
        NotFound; Invalid: no amount, more than is kept, or no reason.
        InsuredWhole: a part of an insured order.
        WrongState: all of it went back meanwhile.
    """
    before = await order(ctx, key)
    ledger, wrong = before.ledger(), {}
    if posting.asked_back(ledger, because):
        return before
    if not 1 <= fen <= ledger.returnable_fen:
        wrong["fen"] = "退款金额须大于 0，且不超过可退金额"
    if not 2 <= len(reason) <= 80:
        wrong["reason"] = "请写明退款原因（2 至 80 字）"
    if wrong:
        raise Invalid(fields=wrong)
    whole_only(ledger, fen)

    def give_back(seen: Order, known: Ledger) -> list[Entry]:
        if known.fund is None:
            return posting.refund_part(known, fen, reason, ctx.now(), because)
        closing = posting.close_order(seen.id, known, ctx.now(), reason, because)
        if known.fund.held_fen:  # which is reversed first
            return closing
        return [*closing, *posting.refund_part(known, fen, reason, ctx.now(), because)]

    await ctx.house.audit.record(ctx, "orders:refund:asked", key, fen=fen, reason=reason)
    return await insuring.looked_after(ctx, await store.append(ctx, before, give_back))


async def moves(ctx: Ctx, day: date) -> AsyncIterator[Move]:
    """Money that came or went on a local date, one by one; our side of the books."""
    async for found in store.of_day(ctx, day):
        for move in moves_of(found, day):
            yield move


async def standings(ctx: Ctx, refs: list[str]) -> dict[str, Standing]:
    """By our number of an attempt or refund, what became of it; nothing for those of nobody."""
    found: dict[str, Standing] = {}
    for known in await store.by_refs(ctx, refs):
        ledger, moved = known.ledger(), {move.no: move for move in moves_of(known)}
        for one in (*ledger.attempts.values(), *ledger.refunds.values()):
            tried = one if isinstance(one, Attempt) else ledger.attempts[one.attempt]
            began = one.opened_at if isinstance(one, Attempt) else one.requested_at
            money, merchant = moved.get(one.no), tried.terms.merchant
            found[one.no] = Standing(known.id, one.state, began, money, known.inst, merchant)
    return {ref: found[ref] for ref in refs if ref in found}


async def recheck(ctx: Ctx, ref: str) -> Order:
    """Asks the platform about an attempt or refund, whatever we know of it, and writes down what it
    says; a refund of which it never heard is sent again under its number.

    Raises:
        UnknownReference, GatewayUnknown, GatewayRefused, GatewayBusy, PlatformLimited.
    """
    found = await store.by_ref(ctx, ref)
    ledger = found.ledger() if found else Ledger()
    if ref in ledger.refunds:
        return await platform.ask_refund(ctx, found, ledger.refunds[ref])
    if ref in ledger.attempts:
        return await platform.ask(ctx, found, ledger.attempts[ref])
    raise posting.UnknownReference(ref=ref)


async def record_notice(ctx: Ctx, notice: Notification) -> None:
    """A verified notification of a platform. Repeats and late ones change nothing. What it leaves
    open (a sum of several refunds, the end of a payment) is asked for at the next look.

    Raises:
        UnknownReference, AmountDiffers: finance has to look; the platform is answered with a
            failure.
    """
    ref = notice.out_refund_no or notice.out_trade_no
    try:
        await _record(ctx, notice, ref)
    except (posting.AmountDiffers, posting.UnknownReference) as trouble:
        await worklist.open_task(ctx, ALARM, ref, ref, f"{trouble.message}：{ref}")
        raise


async def _record(ctx: Ctx, notice: Notification, ref: str) -> None:
    order = await store.by_ref(ctx, ref)
    known = order.ledger().attempts.get(notice.out_trade_no) if order else None
    if known is None or known.terms.merchant != notice.mchid:
        raise posting.UnknownReference(ref=ref)
    ctx, fen = ctx.within(order.inst), notice.amount_fen
    if notice.out_refund_no and fen is not None:
        await platform.record_refund(ctx, order, ref, notice.status, fen, notice.at)
    elif notice.status == "SUCCESS" and not notice.out_refund_no:
        await platform.record_paid(ctx, order, ref, fen, notice.transaction_id, notice.at)
    else:
        await store.look_now(ctx, order)


sweeps = [Sweep("orders", looking.look)]
