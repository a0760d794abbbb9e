"""Postings: each payment and refund is told to the HIS once; what people do when it will not."""

import asyncio

from booking.payments import service as payments
from booking.payments.model import Move, Order, reason
from booking.postings import events, store, working
from booking.postings.model import POSTING, Act, Posting, posting_id
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.events import EventType
from wx_backend.base.sweeper import Sweep, side_by_side
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import NoChannel
from wx_backend.directory.settings import service as parameters

AT_ONCE = 20
MANY = 500
PATIENCE = 5.0
"""Seconds that a person's request waits for the HIS; the sweep goes on after it."""


async def wanted(ctx: Ctx) -> bool:
    """Whether the institution has a HIS that is told of money. No round trip of its own."""
    if not await parameters.resolve(ctx, "payments.post_to_his"):
        return False
    try:
        await institutions.channel_for(ctx, "his_accounts")
    except NoChannel:
        return False
    return True


async def follow(ctx: Ctx, order_id: str) -> None:
    """Writes down what the HIS is to be told of an order's money. Repeats change nothing.

    Every move of it, so that a refund whose event overtakes the payment's finds that posting.
    """
    if not await wanted(ctx):
        return
    order = await payments.order(ctx, order_id)
    known = {one.id for one in await store.of_order(ctx, order.id)}
    for move in payments.moves_of(order):
        if posting_id(move.no) not in known:
            await store.add(ctx, _posting(ctx, order, move))


def _posting(ctx: Ctx, order: Order, move: Move) -> Posting:
    return Posting(
        id=posting_id(move.no),
        inst=order.inst,
        kind=move.kind,
        order=order.id,
        reference=move.no,
        fen=move.fen,
        platform=move.platform,
        merchant=move.merchant,
        transaction=move.transaction,
        purpose=move.purpose,
        references=move.references,
        amounts=move.amounts,
        reverses=posting_id(move.attempt) if move.kind == "REFUNDED" else "",
        insured_fen=order.insured_fen,
        at=move.at,
        made_at=ctx.now(),
    )


async def posting(ctx: Ctx, key: str) -> Posting:
    """One posting. Raises NotFound."""
    found = await store.get(ctx, key)
    if found is None:
        raise NotFound("没有找到这笔入账")
    return found


async def of_order(ctx: Ctx, order_id: str) -> list[Posting]:
    """Those of an order, oldest first."""
    return await store.of_order(ctx, order_id)


async def of_orders(ctx: Ctx, order_ids: list[str]) -> dict[str, list[Posting]]:
    """By order, for lists; one call."""
    found: dict[str, list[Posting]] = {key: [] for key in order_ids}
    for one in await store.of_orders(ctx, order_ids):
        found[one.order].append(one)
    return found


async def unposted(ctx: Ctx) -> tuple[str, ...]:
    """The orders of postings that are not over, longest first; a list for people to work on."""
    return await store.open_orders(ctx, MANY)


# --- what people do ------------------------------------------------------------------------------


async def again(ctx: Ctx, key: str, version: int, why: str) -> Posting:
    """The HIS is told once more of what it has refused. Raises NotFound, WrongState, Invalid."""
    found = await _acted(ctx, key, version, "again", reason(why))
    return await _at_once(ctx, found)


async def ask(ctx: Ctx, key: str) -> Posting:
    """Whether the HIS has it, now; what is under way is worked on at once.

    Raises:
        NotFound, NoChannel, GatewayUnknown, GatewayBusy, GatewayRefused.
    """
    found = await posting(ctx, key)
    if found.state == "REFUSED":
        his = await institutions.his_accounts(ctx)
        known = await his.query(found.id)
        if known.state == "POSTED":
            await working.posted(ctx, found, known.entry)
        return await posting(ctx, key)
    return await _at_once(ctx, found)


async def give_back(ctx: Ctx, key: str, version: int, why: str) -> Posting:
    """The HIS will not book a payment: all of it that is kept goes back to who paid.

    Raises:
        NotFound, WrongState (also for a refund), Invalid.
    """
    if (await posting(ctx, key)).kind != "PAID":
        raise WrongState()
    found = await _acted(ctx, key, version, "give_back", reason(why), events.GIVING_BACK)
    return await _at_once(ctx, found)


async def settle(ctx: Ctx, key: str, version: int, why: str) -> Posting:
    """Somebody has seen to it by hand. Raises NotFound, WrongState, Invalid."""
    words = reason(why)
    found = await _checked(ctx, key, version, "settle", words)
    acts = _with(ctx, found, "settle", words)
    event = events.change(ctx, events.SETTLED, found, why=words)
    done = await working.over(ctx, found, "settle", event, acts=acts)
    if done is None:
        raise WrongState()
    return done


async def _acted(
    ctx: Ctx, key: str, version: int, action: str, why: str, kind: EventType | None = None
) -> Posting:
    found = await _checked(ctx, key, version, action, why)
    state, acts = POSTING.next(found.state, action), _with(ctx, found, action, why)
    event = events.change(ctx, kind, found) if kind else None
    done = await store.change(ctx, found, event, ctx.now(), state=state, acts=acts, tries=0)
    if done is None:
        raise WrongState()
    return done


async def _checked(ctx: Ctx, key: str, version: int, action: str, why: str) -> Posting:
    """The posting, which this may be done to; audited before it is."""
    found = await posting(ctx, key)
    POSTING.next(found.state, action)
    if found.version != version:
        raise WrongState(state=found.state)
    await ctx.house.audit.record(
        ctx, f"orders:posting:{action}", found.id, order=found.order, why=why
    )
    return found


def _with(ctx: Ctx, found: Posting, what: str, why: str) -> tuple[Act, ...]:
    return (*found.acts, Act(what, ctx.now(), ctx.actor.id, why))


async def _at_once(ctx: Ctx, found: Posting) -> Posting:
    """Works on it for a little while; the sweep takes over what takes longer."""
    try:
        async with asyncio.timeout(PATIENCE):
            await working.work(ctx, found)
    except TimeoutError:
        return await posting(ctx, found.id)
    return await posting(ctx, found.id)


# --- what comes due ------------------------------------------------------------------------------


async def post_due(ctx: Ctx) -> int:
    """Works on postings that are due, of all institutions; how many."""
    found = await store.due(ctx, AT_ONCE)
    await side_by_side(lambda one: working.work(ctx.within(one.inst), one), found)
    return len(found)


sweeps = [Sweep("postings", post_due)]
