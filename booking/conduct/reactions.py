"""What is counted: numbers given up and visits missed; and what excuses them."""

from datetime import datetime

from booking.appointments.model import from_waiting
from booking.conduct import service
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event


async def cancelled(ctx: Ctx, event: Event) -> None:
    """By the patient alone; a free number that the waiting list offered may be declined."""
    data = event.data
    if data["by"] != "patient":
        return
    booked = data["refund_fen"] > 0 or not (data["fee_fen"] or from_waiting(data["appointment"]))
    await service.given_up(ctx, data["appointment"], _moment(ctx, event), booked)


async def expired(ctx: Ctx, event: Event) -> None:
    """Held and never paid. What the waiting list offered unasked may run out."""
    if not from_waiting(event.data["appointment"]):
        await service.given_up(ctx, event.data["appointment"], _moment(ctx, event), False)


async def missed(ctx: Ctx, event: Event) -> None:
    await service.missed(ctx, event.data["appointment"])


async def excuse(ctx: Ctx, event: Event) -> None:
    """The hospital has stopped, moved or changed it."""
    await service.excuse(ctx, event.data["appointment"])


async def adopt(ctx: Ctx, event: Event) -> None:
    """One person signed in two ways: what they did is one person's, in every institution."""
    everywhere = await ctx.across("conduct of a merged account")
    await service.adopt(everywhere, event.data["account"], event.data["into"])


async def give_back(ctx: Ctx, event: Event) -> None:
    """Two persons after all: each has done their own, in every institution."""
    everywhere = await ctx.across("conduct of a parted account")
    await service.give_back(everywhere, event.data["account"], event.data["of"])


def _moment(ctx: Ctx, event: Event) -> datetime:
    """When it happened, in business time: however late the reaction is, the date is right."""
    return event.at + (ctx.now() - ctx.wire_now())


reactions = {
    "account.merged": [adopt],
    "account.parted": [give_back],
    "appointment.amended": [excuse],
    "appointment.cancelled": [cancelled],
    "appointment.expired": [expired],
    "appointment.missed": [missed],
    "appointment.moved": [excuse],
    "stop.asked": [excuse],
}
