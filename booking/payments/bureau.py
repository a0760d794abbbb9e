"""An order's dealings with the insurance bureau, step by step as ``insurance.next_step`` says.

What is about to be asked for is written down before; whoever finds it so asks what has become of it
before anything is asked for again.
"""

from booking.payments import insurance, platform, posting, store
from booking.payments.fund import Fund
from booking.payments.insurance import (
    DRIVEN,
    UNPAID,
    UNSETTLED,
    InsuranceNotOffered,
    Step,
    insured,
    next_step,
)
from booking.payments.ledger import Entry, Kind, Ledger
from booking.payments.model import Order
from wx_backend.base.context import Ctx
from wx_backend.base.errors import GatewayUnknown, WrongState
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.insurance.port import InsurancePort, SettlementRefused
from wx_backend.identity.worklist import service as worklist

TASK = "fund_stuck"
LOST = "医保平台查无此结算"
"""It was settled there once."""


async def port(ctx: Ctx) -> InsurancePort:
    """The institution's way to its bureau. Raises InsuranceNotOffered."""
    found = await institutions.insurance(ctx)
    if found is None:
        raise InsuranceNotOffered()
    return found


async def go_on(ctx: Ctx, order: Order) -> Order:
    """Does what follows now, each step once; nothing of an order that is not insured.

    Raises:
        GatewayUnknown, GatewayBusy, InsuranceNotOffered: the round goes on with it.
    """
    done: set[Step] = set()
    while (step := _step(order.ledger())) in DRIVEN and step not in done:
        done.add(step)
        order = await _DO[step](ctx, order)
    return order


async def tell(ctx: Ctx, order: Order, kind: Kind, **data: str) -> Order:
    """Writes a fact about the fund's half down, unless it is past it."""
    return await store.append(
        ctx, order, lambda seen, known: insurance.told(known, seen.id, kind, ctx.now(), **data)
    )


async def ask(ctx: Ctx, order: Order) -> Order:
    """What the bureau knows of it now, whatever we know; then what follows.

    Raises:
        WrongState: it was never asked. GatewayUnknown, GatewayBusy, InsuranceNotOffered.
    """
    fund = _fund(order)
    if fund.state == "PENDING" or not fund.fen:
        raise WrongState()
    said = await (await port(ctx)).query(order.id)
    if said.state == "SETTLED":
        order = await tell(ctx, order, Kind.FUND_SETTLED, setl=said.setl)
    elif said.state == "REVERSED":
        order = await tell(ctx, order, Kind.FUND_REVERSED)
    return await go_on(ctx, order)


async def _settle(ctx: Ctx, order: Order) -> Order:
    bureau = await port(ctx)
    order = await _begun(ctx, order, "settle_fund", Kind.FUND_ASKED)
    return await _send(ctx, order, bureau) if _fund(order).state == "ASKED" else order


async def _send(ctx: Ctx, order: Order, bureau: InsurancePort) -> Order:
    """The same number is the same settlement, however often it is sent."""
    try:
        said = await bureau.settle(order.id, _fund(order).pay_order)
    except SettlementRefused as no:
        return await tell(ctx, order, Kind.FUND_FAILED, words=_words(no))
    except GatewayUnknown:
        await tell(ctx, order, Kind.FUND_DOUBTED)
        raise
    if said.state != "SETTLED":
        return await tell(ctx, order, Kind.FUND_DOUBTED)
    return await tell(ctx, order, Kind.FUND_SETTLED, setl=said.setl)


async def _query(ctx: Ctx, order: Order) -> Order:
    """What never arrived is sent again, or has failed once it cannot arrive any more."""
    bureau = await port(ctx)
    said = await bureau.query(order.id)
    if said.state == "SETTLED":
        return await tell(ctx, order, Kind.FUND_SETTLED, setl=said.setl)
    if said.state != "MISSING" or ctx.wire_now() > _fund(order).holds_until:
        return await tell(ctx, order, Kind.FUND_FAILED)
    return order if order.ledger().unwanted else await _send(ctx, order, bureau)


async def _reverse(ctx: Ctx, order: Order) -> Order:
    bureau = await port(ctx)
    order = await _begun(ctx, order, "reverse_fund", Kind.FUND_REVERSING)
    if _fund(order).state != "REVERSING":
        return order
    try:
        said = await bureau.reverse(order.id, _reason(order.ledger()))
    except SettlementRefused as no:
        return await _stuck(ctx, order, _words(no))
    except GatewayUnknown:
        await tell(ctx, order, Kind.FUND_REVERSAL_DOUBTED)
        raise
    if said.state != "REVERSED":
        return await tell(ctx, order, Kind.FUND_REVERSAL_DOUBTED)
    return await tell(ctx, order, Kind.FUND_REVERSED)


async def _query_reversal(ctx: Ctx, order: Order) -> Order:
    said = await (await port(ctx)).query(order.id)
    if said.state == "REVERSED":
        return await tell(ctx, order, Kind.FUND_REVERSED)
    if said.state == "SETTLED":
        return await tell(ctx, order, Kind.FUND_REVERSAL_MISSED)
    return await _stuck(ctx, order, LOST)


async def _stuck(ctx: Ctx, order: Order, words: str) -> Order:
    await ask_people(ctx, order, f"医保拒绝冲正：{words}")
    return await tell(ctx, order, Kind.FUND_REVERSAL_REFUSED, words=words)


async def ask_people(ctx: Ctx, order: Order, about: str) -> None:
    """Finance has to look; the task ends when the fund's half goes on."""
    await worklist.open_task(ctx, TASK, order.id, order.id, about)


async def _close_cash(ctx: Ctx, order: Order) -> Order:
    live = order.ledger().live_attempt()
    return await platform.close(ctx, order, live) if live else order


async def _refund_cash(ctx: Ctx, order: Order) -> Order:
    def give_back(_: Order, known: Ledger) -> list[Entry]:
        if _step(known) != "refund_cash":
            return []
        return posting.refund_all(known, _reason(known), ctx.now(), known.because)

    return await store.append(ctx, order, give_back)


_DO = {
    "settle_fund": _settle,
    "query_fund": _query,
    "reverse_fund": _reverse,
    "query_reversal": _query_reversal,
    "close_cash": _close_cash,
    "refund_cash": _refund_cash,
}


def _step(ledger: Ledger) -> Step:
    known = insured(ledger)
    return next_step(known) if known else "done"


def _fund(order: Order) -> Fund:
    """Raises WrongState: the order is not insured."""
    fund = order.ledger().fund
    if fund is None:
        raise WrongState()
    return fund


def _reason(ledger: Ledger) -> str:
    return ledger.reason or (UNPAID if ledger.lapsed else UNSETTLED)


def _words(no: SettlementRefused) -> str:
    return str(no.data.get("platform_message") or no.data.get("platform_code") or no.message)


async def _begun(ctx: Ctx, order: Order, step: Step, kind: Kind) -> Order:
    """Written down, unless it is not what follows any more."""

    def begun(seen: Order, known: Ledger) -> list[Entry]:
        return insurance.told(known, seen.id, kind, ctx.now()) if _step(known) == step else []

    return await store.append(ctx, order, begun)
