"""Orders in MongoDB: one document holds all facts about one order's money."""

from collections.abc import AsyncIterator, Callable
from datetime import date, datetime
from typing import Any

import msgspec

from booking.payments import moves
from booking.payments.events import (
    FUND_CHANGED,
    REFUND_ABNORMAL,
    REFUND_CLOSED,
    REFUNDED,
    SUCCEEDED,
)
from booking.payments.ledger import Entry, Kind, Ledger, fold
from booking.payments.model import Order, next_look, order_id, platform_of
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState
from wx_backend.base.events import happened
from wx_backend.base.sweeper import RELEASED

ORDERS = Collection(
    "orders",
    retention="accounting",
    outbox=True,
    indexes=(
        Index("refs", (("refs", 1),), unique=True, sparse=True),
        Index("days", (("inst", 1), ("days", 1), ("_id", 1))),
        Index("newest", (("inst", 1), ("created_at", -1), ("_id", 1))),
        Index("account", (("account", 1),)),
        Index("transaction", (("entries.data.transaction", 1),), sparse=True),
        Index("references", (("references", 1),)),
        DUE_INDEX,
    ),
)
CALLBACKS = Collection(
    "pay_callbacks",
    retention="accounting",
    scoped=False,
    monthly=True,
    indexes=(Index("at", (("at", 1),)),),
)

ANNOUNCED = {
    Kind.ATTEMPT_PAID: SUCCEEDED,
    Kind.REFUND_SUCCEEDED: REFUNDED,
    Kind.REFUND_ABNORMAL: REFUND_ABNORMAL,
    Kind.REFUND_CLOSED: REFUND_CLOSED,
    Kind.FUND_UPLOADED: FUND_CHANGED,
    Kind.FUND_SETTLED: FUND_CHANGED,
    Kind.FUND_FAILED: FUND_CHANGED,
    Kind.FUND_REVERSED: FUND_CHANGED,
    Kind.FUND_BY_HAND: FUND_CHANGED,
}
RETRIES = 20

Decide = Callable[[Order, Ledger], list[Entry]]


def order_of(doc: dict) -> Order:
    return msgspec.convert(doc, Order)


async def get(ctx: Ctx, order_id: str) -> Order | None:
    doc = await ctx.db(ORDERS).get(order_id)
    return order_of(doc) if doc else None


async def find(ctx: Ctx, purpose: dict[str, str]) -> Order | None:
    """The one order of a purpose."""
    return await get(ctx, order_id(purpose))


async def states(ctx: Ctx, order_ids: list[str]) -> dict[str, str]:
    """State by order id."""
    docs = await ctx.db(ORDERS).find({"_id": {"$in": order_ids}}, only=["state"])
    return {doc["_id"]: doc["state"] for doc in docs}


async def count_under_way(ctx: Ctx, account: str) -> int:
    """Orders that are open, give money back, or lapsed so lately that some may come."""
    late = {"state": "LAPSED", "due_at": {"$exists": True}}
    moving = [{"state": {"$in": ["OPEN", "REFUNDING"]}}, late]
    return await ctx.db(ORDERS).count({"account": account, "$or": moving})


async def adopt(ctx: Ctx, order_ids: list[str], into: str) -> None:
    await ctx.db(ORDERS).change_many({"_id": {"$in": order_ids}}, {"$set": {"account": into}})


async def by_ref(ctx: Ctx, ref: str) -> Order | None:
    """The order that an attempt's or refund's number belongs to."""
    doc = await ctx.db(ORDERS).find_one({"refs": ref})
    return order_of(doc) if doc else None


async def by_refs(ctx: Ctx, refs: list[str]) -> list[Order]:
    """The orders that any of these numbers belongs to."""
    return [order_of(doc) for doc in await ctx.db(ORDERS).find({"refs": {"$in": refs}})]


async def of_day(ctx: Ctx, day: date) -> AsyncIterator[Order]:
    """Orders of which money came or went on a local date, by id; read as they are wanted."""
    async for doc in ctx.db(ORDERS).each({"days": day.isoformat()}, sort=[("_id", 1)]):
        yield order_of(doc)


async def search(ctx: Ctx, where: dict[str, Any], limit: int, skip: int) -> tuple[list[Order], int]:
    """A page, newest first, and how many there are."""
    table = ctx.db(ORDERS)
    docs = await table.find(where, sort=[("created_at", -1), ("_id", 1)], limit=limit, skip=skip)
    return [order_of(doc) for doc in docs], await table.count(where)


async def create(ctx: Ctx, order: Order) -> Order:
    """Stores it, or returns the one that is already there under this id."""
    doc = msgspec.to_builtins(order, builtin_types=(datetime,))
    try:
        due = {"due_at": order.expires_at}
        await ctx.db(ORDERS).insert({**doc, **due, "created_at": ctx.now()})
    except Duplicate:
        return await get(ctx, order.id)
    return order


async def append(ctx: Ctx, order: Order, decide: Decide) -> Order:
    """Adds the entries that ``decide`` finds necessary, with their events, in one write.

    The write is conditional on the version the decision was made on; if somebody was first the
    order is read again and decided anew. News starts the spacing of looks at the platform again.

    Raises:
        WrongState: too much contention (never seen outside a fault drill).
    """
    for _ in range(RETRIES):
        entries = decide(order, order.ledger())
        if not entries:
            return order
        doc = await ctx.db(ORDERS).change(
            {"_id": order.id, "version": order.version}, _update(ctx, order, entries)
        )
        if doc:
            ctx.house.nudge()
            return order_of(doc)
        order = await get(ctx, order.id)
    raise WrongState()


async def put_off(ctx: Ctx, order: Order) -> None:
    """Counts a look that brought no news: the next one comes later.

    Nothing is done when somebody wrote meanwhile, since they have set the next look.
    """
    await ctx.db(ORDERS).change(
        {"_id": order.id, "version": order.version}, _update(ctx, order, [])
    )


async def look_now(ctx: Ctx, order: Order) -> None:
    """Something has happened at the platform: the next look is at once."""
    update = {"$set": {"due_at": ctx.now()}, "$inc": {"version": 1}}
    await ctx.db(ORDERS).change({"_id": order.id}, update, only=["state"])


def _update(ctx: Ctx, order: Order, entries: list[Entry]) -> dict[str, Any]:
    ledger = fold([*order.entries, *entries])
    polls = 0 if entries else order.polls + 1
    due = next_look(ledger, polls, ctx.now(), order.expires_at)
    fields = {"state": ledger.state(), "polls": polls, **({"due_at": due} if due else {})}
    if ledger.fund:
        fields["split"] = msgspec.to_builtins(ledger.fund.split)
    if new_days := moves.days(entries):
        fields["days"] = sorted({*order.days, *new_days})
    update: dict[str, Any] = {
        "$set": fields,
        "$unset": {**RELEASED, **({} if due else {"due_at": ""})},
        "$inc": {"version": 1},
    }
    if entries:
        refs = [e.ref for e in entries if e.kind in (Kind.ATTEMPT_OPENED, Kind.REFUND_REQUESTED)]
        stored = [msgspec.to_builtins(e, builtin_types=(datetime,)) for e in entries]
        update["$push"] = {
            "entries": {"$each": stored},
            "outbox": {"$each": _events(ctx, order, entries)},
        }
        if refs:
            update["$addToSet"] = {"refs": {"$each": refs}}
    return update


def _events(ctx: Ctx, order: Order, entries: list[Entry]) -> list[dict]:
    told = [entry for entry in entries if entry.kind in ANNOUNCED]
    ledger = fold([*order.entries, *entries])
    return [
        happened(
            ctx.within(order.inst),
            ANNOUNCED[entry.kind],
            order.id,
            order.version + 1,
            n,
            **order.facts(amount_fen=entry.fen, **_moved(ledger, entry), **_fund(ledger, entry)),
            **({"refund": entry.ref} if entry.ref in ledger.refunds else {}),
        )
        for n, entry in enumerate(told)
    ]


def _moved(ledger: Ledger, entry: Entry) -> dict[str, Any]:
    """Whose money it was, and when it came or went; nothing of money that did not move."""
    if entry.kind not in moves.MOVED:
        return {}
    attempt = moves.attempt_of(ledger, entry)
    return {
        "attempt": attempt.no,
        "platform": platform_of(attempt.method),
        "merchant": attempt.terms.merchant,
        "transaction": attempt.transaction or "",
        "at": moves.moment(entry),
    }


def _fund(ledger: Ledger, entry: Entry) -> dict[str, str]:
    """Where the insured half stands now, of a fact about it."""
    if ledger.fund is None or ANNOUNCED[entry.kind] is not FUND_CHANGED:
        return {}
    return {"state": ledger.fund.state}
