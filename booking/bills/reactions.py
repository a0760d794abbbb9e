"""What payments to the cashier hear of their money, and of what the HIS has made of it."""

from collections.abc import Awaitable, Callable

from booking.bills import following, service
from booking.bills.model import BILL, DEPOSIT
from booking.postings.model import UNWANTED
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event

Reaction = Callable[[Ctx, Event], Awaitable[None]]


def _ours(event: Event) -> str:
    """The id of the payment that the event is about; empty when it is none of the cashier's."""
    purpose = event.data["purpose"]
    return purpose["id"] if purpose["kind"] in (BILL, DEPOSIT) else ""


async def paid(ctx: Ctx, event: Event) -> None:
    if key := _ours(event):
        await following.came(ctx, key)


async def returned(ctx: Ctx, event: Event) -> None:
    if key := _ours(event):
        await following.returned(ctx, key)


async def insured(ctx: Ctx, event: Event) -> None:
    if key := _ours(event):
        await following.insured(ctx, key)


async def booked(ctx: Ctx, event: Event) -> None:
    if (key := _ours(event)) and event.data["kind"] == "PAID":
        await following.booked(ctx, key)


async def refused(ctx: Ctx, event: Event) -> None:
    """What else the HIS may say against it is for a person to decide."""
    data = event.data
    if (key := _ours(event)) and data["kind"] == "PAID" and data["why"] in UNWANTED:
        await following.refused(ctx, key)


async def settled(ctx: Ctx, event: Event) -> None:
    if (key := _ours(event)) and event.data["kind"] == "PAID":
        await following.booked_by_hand(ctx, key)


async def adopt(ctx: Ctx, event: Event) -> None:
    """One person signed in two ways: the payments follow, in every institution."""
    everywhere = await ctx.across("bill payments of a merged account")
    await service.adopt(everywhere, event.data["account"], event.data["into"])


async def give_back(ctx: Ctx, event: Event) -> None:
    """Two persons after all: the payments go back, in every institution."""
    everywhere = await ctx.across("bill payments of a parted account")
    await service.give_back(everywhere, event.data["account"], event.data["of"])


reactions: dict[str, list[Reaction]] = {
    "payment.succeeded": [paid],
    "payment.refunded": [returned],
    "payment.fund_changed": [insured],
    "posting.done": [booked],
    "posting.failed": [refused],
    "posting.returned": [returned],
    "posting.settled": [settled],
    "account.merged": [adopt],
    "account.parted": [give_back],
}
