"""What the waiting list hears of the numbers it has offered; of all others it reads nothing."""

from collections.abc import Awaitable, Callable

from booking.appointments.model import from_waiting
from booking.waiting import service
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event

Reaction = Callable[[Ctx, Event], Awaitable[None]]


def _of_offers(settle: Callable[[Ctx, str], Awaitable[None]], name: str) -> Reaction:
    async def react(ctx: Ctx, event: Event) -> None:
        if from_waiting(event.data["appointment"]):
            await settle(ctx, event.data["appointment"])

    react.__name__ = react.__qualname__ = name
    return react


async def adopt(ctx: Ctx, event: Event) -> None:
    """One person signed in two ways: the entries follow, in every institution."""
    everywhere = await ctx.across("waiting list of a merged account")
    await service.adopt(everywhere, event.data["account"], event.data["into"])


async def give_back(ctx: Ctx, event: Event) -> None:
    """Two persons after all: the entries go back, in every institution."""
    everywhere = await ctx.across("waiting list of a parted account")
    await service.give_back(everywhere, event.data["account"], event.data["of"])


reactions = {
    "account.merged": [adopt],
    "account.parted": [give_back],
    "appointment.booked": [_of_offers(service.taken, "taken")],
    "appointment.cancelled": [_of_offers(service.given_up, "given_up")],
    "appointment.offer_refused": [_of_offers(service.refused, "refused")],
    # It had been theirs, which may not have been heard of yet.
    "appointment.refused": [_of_offers(service.taken, "had_been_taken")],
    "appointment.expired": [_of_offers(service.missed, "missed")],
    "appointment.stopped": [_of_offers(service.stopped, "stopped")],
    "number.locked": [_of_offers(service.locked, "locked")],
}
