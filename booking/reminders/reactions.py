"""Whoever has a number is reminded of it."""

from booking.reminders import service
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event


async def plan(ctx: Ctx, event: Event) -> None:
    """The number is theirs now."""
    await service.plan(ctx, event.data["appointment"])


reactions = {
    "appointment.booked": [plan],
    "appointment.moved": [plan],
    "appointment.rebooked": [plan],
    "appointment.reseated": [plan],
}
