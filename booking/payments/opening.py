"""Paying an order: one attempt at a time, on whichever platform the payer wants."""

from booking.payments import platform, posting, store
from booking.payments.launching import LAUNCHES
from booking.payments.ledger import Entry, Ledger, Terms
from booking.payments.model import WAYS, Order, OrderPaid, OrderSpec, Ticket, order_id
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.money import Split
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel


async def open(ctx: Ctx, spec: OrderSpec, method: str, client_ip: str, back_to: str = "") -> Ticket:
    """Opens the order for payment by ``method``, or hands out the attempt already open.

    An attempt of another method or application, or one whose address has run out, is closed on its
    platform first; a crash at any step leaves an attempt whose number the next call uses again.

    ``back_to``: the address where a pay page of the platform sends the payer; without it, our
    front door. Never one that came with a request.

    Raises:
        Invalid: unknown method.
        NoChannel: the hospital takes no money there.
        WrongState: nothing is to be paid, or another press or the order's end overtook this one.
        OrderPaid, OrderClosed, FundUnsettled, CannotPayHere, GatewayUnknown, GatewayRefused.
    """
    if method not in WAYS:
        raise Invalid(fields={"method": "不支持的支付方式"})
    if not spec.amount_fen:
        raise WrongState()
    terms = await _terms(ctx, spec, method, client_ip, back_to)
    order = await store.create(ctx, new_order(ctx, spec))
    live = order.ledger().live_attempt()
    if live and (not live.terms.serves(terms) or live.lapsed(ctx.wire_now())):
        order = await platform.close(ctx, order, live)
    order = await store.append(ctx, order, lambda seen, known: _opened(ctx, seen, known, terms))
    attempt = order.ledger().live_attempt()
    if not attempt.terms.serves(terms):
        raise WrongState()
    if attempt.prepay is None:
        order = await platform.prepay(ctx, order, attempt)
        attempt = order.ledger().attempts[attempt.no]
    if attempt.state == "CLOSED":  # meanwhile: nobody has seen what was given out, nor ever may
        order = await platform.close(ctx, order, attempt)
        raise OrderPaid() if order.ledger().paid_fen else WrongState()
    if attempt.state == "PAID":
        raise OrderPaid()
    return await platform.ticket(ctx, order, attempt)


def _opened(ctx: Ctx, order: Order, known: Ledger, terms: Terms) -> list[Entry]:
    """The entry of a new attempt, unless one is open. Raises OrderPaid, OrderClosed."""
    if known.whole or (known.paid_fen and not known.fund):
        raise OrderPaid()
    return posting.open_attempt(order.id, known, order.split.self_, ctx.now(), terms)


async def _terms(ctx: Ctx, spec: OrderSpec, method: str, client_ip: str, back_to: str) -> Terms:
    way = WAYS[method]
    channel = await institutions.channel_for(ctx, way.platform)
    return Terms(
        method=method,
        expires_at=ctx.house.business.to_wire(spec.expires_at),
        channel=channel.id,
        merchant=channel.mchid,
        appid=await _app(ctx, channel) if LAUNCHES[method].inside else "",
        client_ip=client_ip,
        back_to=back_to or f"{ctx.house.settings.public_url}/",
        on_visit=way.on_visit,
    )


async def _app(ctx: Ctx, merchant: Channel) -> str:
    """The application that the payer is in, where the merchant has it; else its usual one."""
    try:
        here = await institutions.channel(ctx, ctx.channel or merchant.id)
    except NotFound:  # it has been given up since they came in by it
        here = merchant
    return here.appid if here.appid in merchant.appids() else merchant.appid


def new_order(ctx: Ctx, spec: OrderSpec) -> Order:
    """Nothing of it is paid, or begun."""
    return Order(
        id=order_id(spec.purpose),
        inst=ctx.institution,
        account=spec.account,
        purpose=spec.purpose,
        references=spec.references,
        amounts=spec.amounts,
        title=spec.title,
        amount_fen=spec.amount_fen,
        split=Split(self_=spec.amount_fen),
        expires_at=spec.expires_at,
        entries=[],
        state="OPEN",
        version=1,
    )


async def handed_out(ctx: Ctx, purpose: dict[str, str]) -> Ticket | None:
    """What the payer was given and can still use; asks nobody and changes nothing."""
    order = await store.find(ctx, purpose)
    live = order.ledger().live_attempt() if order else None
    if live is None or live.prepay is None or live.lapsed(ctx.wire_now()):
        return None
    if live.terms.appid:
        merchant = await institutions.channel(ctx, live.terms.channel)
        if live.terms.appid != await _app(ctx, merchant):
            return None
    return await platform.ticket(ctx, order, live)


async def offered(ctx: Ctx, methods: tuple[str, ...]) -> tuple[str, ...]:
    """Of these, the methods whose platform the hospital has a channel of."""
    here = {one.platform for one in await institutions.channels(ctx)}
    return tuple(one for one in methods if WAYS[one].platform in here)
