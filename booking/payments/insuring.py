"""Paying an order with the insurance: it begins, is given up, is minded, and what people decide."""

import logging
from datetime import timedelta

from booking.payments import bureau, insurance, platform, posting, store
from booking.payments.fund import GOING_BACK, IN_DOUBT
from booking.payments.insurance import UNPAID
from booking.payments.ledger import Entry, Kind, Ledger
from booking.payments.model import Order, OrderPaid, reason
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, GatewayUnknown, Invalid, NotFound, WrongState
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as parameters
from wx_backend.gateways.insurance.port import SettlementRefused, Uploaded

log = logging.getLogger(__name__)


async def offered(ctx: Ctx) -> bool:
    """Whether the institution has a way to its bureau."""
    return await institutions.insurance(ctx) is not None


async def begin(ctx: Ctx, order: Order, authorised: str) -> Order:
    """Has the bureau say who pays what, and the fund pay its part; a repeat goes on with it.

    Args:
        authorised: the patient's ``pay_auth_no``; used once, by the first call.

    Raises:
        InsuranceNotOffered, SplitDiffers, OrderPaid, SettlementRefused.
        OrderClosed, WrongState: its time is over, or a payment of all of it began at this moment.
        GatewayUnknown, GatewayBusy: it goes on by itself; ask again later.
    """
    there = await bureau.port(ctx)
    if order.ledger().fund is None:
        while live := order.ledger().live_attempt():
            order = await platform.close(ctx, order, live)
        if order.ledger().paid_fen:
            raise OrderPaid()
        posting.still_open(order.ledger())
        said = await there.upload(order.id, order.references, authorised)
        order = await store.append(
            ctx, order, lambda seen, known: _uploaded(ctx, seen, known, said)
        )
    order = await bureau.go_on(ctx, order)
    if (fund := order.ledger().fund) and fund.failed:
        raise SettlementRefused(platform_message=fund.words)
    return order


def _uploaded(ctx: Ctx, order: Order, known: Ledger, said: Uploaded) -> list[Entry]:
    """Raises OrderClosed, SplitDiffers, WrongState."""
    if known.fund:
        return []
    posting.still_open(known)
    if known.live_attempt() or known.paid_fen:
        raise WrongState()
    return insurance.uploaded(order.id, order.amount_fen, said, ctx.now())


async def looked_after(ctx: Ctx, order: Order) -> Order:
    """Does what follows now; what has no outcome for too long becomes a person's task as well."""
    try:
        return await bureau.go_on(ctx, order)
    except AppError as trouble:
        log.warning("insured order waits", extra={"order": order.id, "code": trouble.code})
        order = await store.get(ctx, order.id) or order
        await _mind(ctx, order)
        return order


async def settled(ctx: Ctx, order: Order) -> bool:
    """Whether both halves are kept. What is half done is given up, and goes back.

    Args:
        order: an insured one of which nothing is live.

    Raises:
        GatewayUnknown: the fund's half may still be kept; ask again later.
    """
    known = order.ledger()
    if not known.unwanted and (known.kept_fen or not order.split.self_):
        order = await bureau.go_on(ctx, order)

    def given_up(seen: Order, known: Ledger) -> list[Entry]:
        return [] if known.whole else posting.close_order(seen.id, known, ctx.now(), UNPAID)

    order = await bureau.go_on(ctx, await store.append(ctx, order, given_up))
    ledger = order.ledger()
    if not ledger.whole and ledger.fund and ledger.fund.held_fen:
        raise GatewayUnknown()
    return ledger.whole


DECISIONS = {"again": Kind.FUND_AGAIN, "settle": Kind.FUND_BY_HAND}


async def decide(ctx: Ctx, key: str, act: str, version: int, why: str) -> Order:
    """What a person does about the fund's half; what they decide is audited.

    Args:
        act: ``ask`` the bureau now, whatever we know; ask for the reversal that it refused
            ``again``; ``settle``: somebody has seen to it there, and the cash goes back now.

    Raises:
        NotFound, WrongState; Invalid: no such act, or no reason.
        GatewayUnknown, GatewayBusy, InsuranceNotOffered: asked, and not answered.
    """
    order = await _order(ctx, key)
    if act == "ask":
        return await bureau.ask(ctx, order)
    if act not in DECISIONS:
        raise Invalid(fields={"act": "请选择处理方式"})
    words, kind = reason(why), DECISIONS[act]
    if order.version != version or not insurance.told(order.ledger(), key, kind, ctx.now()):
        raise WrongState(state=order.state)
    await ctx.house.audit.record(ctx, f"orders:fund:{act}", key, why=words)
    order = await bureau.tell(ctx, order, kind, words=words, by=ctx.actor.id)
    return await looked_after(ctx, order)


async def _order(ctx: Ctx, key: str) -> Order:
    found = await store.get(ctx, key)
    if found is None:
        raise NotFound()
    return found


async def _mind(ctx: Ctx, order: Order) -> None:
    fund = order.ledger().fund
    if fund is None or fund.state not in IN_DOUBT | GOING_BACK:
        return
    minutes = int(await parameters.resolve(ctx, "payments.unposted_minutes"))
    if ctx.now() - fund.since >= timedelta(minutes=minutes):
        await bureau.ask_people(ctx, order, f"医保结算或冲正超过 {minutes} 分钟没有结果")
