"""Payments to the cashier in MongoDB. The insert is the claim: one bill is in one payment."""

from datetime import datetime
from typing import Any

import msgspec

from booking.bills.model import CLAIMING, Payment
from wx_backend.base.collection import DUE_INDEX, Collection, Index
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due
from wx_backend.identity.accounts.model import handed_back, handed_over

PAYMENTS = Collection(
    "bill_payments",
    retention="accounting",
    outbox=True,
    indexes=(
        Index("claims", (("claims", 1),), unique=True, sparse=True),
        Index("mine", (("inst", 1), ("account", 1), ("opened_at", -1))),
        Index("account", (("account", 1),)),
        DUE_INDEX,
    ),
)


def payment_of(doc: dict) -> Payment:
    return msgspec.convert(doc, Payment)


def _plain(payment: Payment) -> dict[str, Any]:
    doc = msgspec.to_builtins(payment, builtin_types=(datetime,))
    if not payment.claims:
        del doc["claims"]
    return doc


async def add(ctx: Ctx, payment: Payment) -> None:
    """Raises Duplicate: of ``_id`` (this request came before) or of ``claims``."""
    await ctx.db(PAYMENTS).insert({**_plain(payment), "due_at": payment.expires_at})


async def get(ctx: Ctx, key: str) -> Payment | None:
    doc = await ctx.db(PAYMENTS).get(key)
    return payment_of(doc) if doc else None


async def claiming(ctx: Ctx, claims: tuple[str, ...]) -> list[Payment]:
    """Whose these keys are now."""
    docs = await ctx.db(PAYMENTS).find({"claims": {"$in": list(claims)}})
    return [payment_of(doc) for doc in docs]


async def of_account(ctx: Ctx, account: str, limit: int) -> list[Payment]:
    """Newest first."""
    docs = await ctx.db(PAYMENTS).find(
        {"account": account}, sort=[("opened_at", -1), ("_id", -1)], limit=limit
    )
    return [payment_of(doc) for doc in docs]


async def count_under_way(ctx: Ctx, account: str) -> int:
    """Payments of an account that may still be paid, or are paid and not booked by the HIS."""
    return await ctx.db(PAYMENTS).count({"account": account, "state": {"$in": ["OPEN", "PAID"]}})


async def due(ctx: Ctx, limit: int) -> list[Payment]:
    """Whose time is over, of all institutions; by lease."""
    return [payment_of(doc) for doc in await claim_due(ctx, PAYMENTS, limit)]


async def advance(
    ctx: Ctx, payment: Payment, after: Payment, event: dict | None = None
) -> Payment | None:
    """``after``, of the next version, takes its place in one conditional write; None when somebody
    was first. A state that claims nothing lets the bills go; nothing is due of what is not open.
    """
    before = _plain(payment)
    changed = {name: value for name, value in _plain(after).items() if before.get(name) != value}
    freed = {} if after.state in CLAIMING else {"claims": ""}
    done = {} if after.state == "OPEN" else SETTLED
    update: dict[str, Any] = {"$set": changed, "$unset": {**freed, **done}}
    if event:
        update["$push"] = {"outbox": event}
    doc = await ctx.db(PAYMENTS).change({"_id": payment.id, "version": payment.version}, update)
    if doc is None:
        return None
    if event:
        ctx.house.nudge()
    return payment_of(doc)


async def look_again(ctx: Ctx, payment: Payment, at: datetime) -> None:
    """It could not be decided; somebody looks again then."""
    await ctx.db(PAYMENTS).change(
        {"_id": payment.id, "version": payment.version},
        {"$set": {"due_at": at}, "$unset": RELEASED},
    )


async def keep_invoice(ctx: Ctx, payment: Payment, invoice: dict) -> None:
    await ctx.db(PAYMENTS).change({"_id": payment.id}, {"$set": {"invoice": invoice}})


async def keys_of(ctx: Ctx, account: str, came_from: str = "") -> list[dict]:
    """``_id`` and ``kind`` of an account's payments, or of those that came from another one."""
    own = {"account": account, **({"came_from": came_from} if came_from else {})}
    return await ctx.db(PAYMENTS).find(own, only=["_id", "kind"])


async def adopt(ctx: Ctx, account: str, into: str) -> None:
    await ctx.db(PAYMENTS).change_many(*handed_over(account, into))


async def give_back(ctx: Ctx, account: str, of: str) -> None:
    await ctx.db(PAYMENTS).change_many(*handed_back(account, of))
