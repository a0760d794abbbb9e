"""Cash over the counter: written down by the member of staff who has it in the hand."""

from booking.payments import platform, posting, store
from booking.payments.ledger import Entry, Ledger
from booking.payments.model import DESK, Order, OrderPaid, cash_owed
from wx_backend.base.context import Ctx


async def take(ctx: Ctx, order: Order) -> Order:
    """The payer's whole part was paid in cash. Repeats are harmless.

    What is open on a platform is closed there first, so that nobody pays twice.

    Raises:
        OrderPaid: on a platform, maybe in this very moment.
        WrongState: the payer has pressed pay in this very moment; ask again.
        OrderClosed, FundUnsettled, GatewayUnknown: an attempt may still be paid; ask again.
    """
    while live := order.ledger().live_attempt():
        order = await platform.close(ctx, order, live)

    def paid(seen: Order, known: Ledger) -> list[Entry]:
        if known.kept_fen:
            if any(one.method == DESK and one.state == "PAID" for one in known.attempts.values()):
                return []
            raise OrderPaid()
        return posting.cash(seen.id, known, DESK, seen.split.self_, ctx.now(), str(ctx.actor))

    return await store.append(ctx, order, paid)


async def give(ctx: Ctx, order: Order) -> Order:
    """The cash that was asked back has been handed over. Audited; repeats are harmless."""
    owed = cash_owed(order.ledger())
    if not owed:
        return order
    fen = sum(one.fen for one in owed)
    await ctx.house.audit.record(ctx, "orders:cash:returned", order.id, fen=fen)

    def given(_: Order, known: Ledger) -> list[Entry]:
        results = (
            posting.refund_result(known, one.no, "SUCCESS", ctx.now()) for one in cash_owed(known)
        )
        return [entry for entries in results for entry in entries]

    return await store.append(ctx, order, given)
