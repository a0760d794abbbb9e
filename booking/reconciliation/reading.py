"""The three sides of a day, read in portions: our orders, the platforms' bills, the HIS's books.

A day is a local one of the business calendar. A platform knows only real time: where the two run
apart (the demo), a day lies on two of its bills.
"""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import msgspec

from booking.payments import service as payments
from booking.payments.model import Move
from booking.reconciliation.matching import Line
from booking.reconciliation.model import PLATFORMS, Funds
from wx_backend.base.clock import BusinessClock, local_date, local_midnight
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel
from wx_backend.gateways.billing import BillNotReady, BillRow, BillsPort, NoBill
from wx_backend.gateways.his_accounts.port import HisRow

PORTION = 500


class Billed(msgspec.Struct, frozen=True, gc=False):
    """A line of a bill, and what the platform keeps of it."""

    line: Line
    fee_fen: int


async def merchants(ctx: Ctx) -> list[Channel]:
    """One channel for each merchant; several applications may share one."""
    found = {}
    for channel in await institutions.channels(ctx):
        if channel.platform in PLATFORMS:
            found.setdefault((channel.platform, channel.mchid), channel)
    return list(found.values())


async def ours(ctx: Ctx, day: date) -> AsyncIterator[list[Move]]:
    """What came and went by our orders."""
    portion: list[Move] = []
    async for move in payments.moves(ctx, day):
        portion.append(move)
        if len(portion) == PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


async def billed(ctx: Ctx, channel: Channel, day: date) -> AsyncIterator[list[Billed]]:
    """What a merchant's bills say. Raises BillNotReady, BillBroken, GatewayUnknown and the like."""
    bills, clock = await _bills(ctx, channel), ctx.house.business
    begins, ends = _window(day, clock)
    for on in _dates(begins, ends):
        try:
            bill = await bills.trade(on)
        except NoBill:
            continue
        with bill:
            async for rows in bill.portions():
                yield [
                    Billed(_bill_line(channel.platform, row, clock), row.fee_fen)
                    for row in rows
                    if begins <= row.at < ends
                ]


async def funds(ctx: Ctx, channel: Channel, day: date) -> Funds | None:
    """What a merchant's account says; None when the platform has no such bill."""
    bills, found = await _bills(ctx, channel), Funds()
    begins, ends = _window(day, ctx.house.business)
    for on in _dates(begins, ends):
        try:
            bill = await bills.funds(on)
        except (NoBill, BillNotReady):
            return None
        with bill:
            async for rows in bill.portions():
                for row in rows:
                    if begins <= row.at < ends:
                        found.in_fen += max(row.fen, 0)
                        found.out_fen += max(-row.fen, 0)
                        found.balance_fen = row.balance_fen
    return found


async def booked(ctx: Ctx, day: date) -> AsyncIterator[list[Line]]:
    """What the HIS has booked. Raises GatewayUnknown, GatewayRefused, GatewayBusy."""
    his, portion = await institutions.his_accounts(ctx), []
    async for row in his.day(day):
        portion.append(_his_line(row))
        if len(portion) == PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


def _bill_line(platform: str, row: BillRow, clock: BusinessClock) -> Line:
    return Line(
        row.kind,
        row.no,
        row.fen,
        platform,
        row.transaction,
        clock.of_wire(row.at),
        row.state,
        row.refund_id or row.transaction,
    )


def _his_line(row: HisRow) -> Line:
    reference = row.order_reference or f"his-{row.no}"
    return Line(row.kind, reference, row.fen, row.platform, row.transaction, row.at, entry=row.no)


async def _bills(ctx: Ctx, channel: Channel) -> BillsPort:
    return (await institutions.merchant(ctx, channel)).bills


def _window(day: date, clock: BusinessClock) -> tuple[datetime, datetime]:
    """Real moments at which a business day begins and ends."""
    ends = day + timedelta(days=1)
    return clock.to_wire(local_midnight(day)), clock.to_wire(local_midnight(ends))


def _dates(begins: datetime, ends: datetime) -> list[date]:
    """Platform dates that a span of real time touches."""
    first, last = local_date(begins), local_date(ends - timedelta(microseconds=1))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
