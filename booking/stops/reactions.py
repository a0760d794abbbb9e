"""What stop-clinic does when a schedule changes, or an appointment ends by itself."""

from booking.stops import service
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event


async def look(ctx: Ctx, event: Event) -> None:
    """Some may have lost their number, or have it again."""
    await service.begin(ctx, event.data["schedule"])


async def drop(ctx: Ctx, event: Event) -> None:
    """The patient has given the number back, or taken another: nothing is left to be asked."""
    await service.drop(ctx, event.data["appointment"])


async def go_on(ctx: Ctx, event: Event) -> None:
    """A HIS has answered about a number that may be kept for somebody."""
    await service.go_on(ctx, event.data["appointment"])


async def adopt(ctx: Ctx, event: Event) -> None:
    """One person signed in two ways: the cases follow, in every institution."""
    everywhere = await ctx.across("stop cases of a merged account")
    await service.adopt(everywhere, event.data["account"], event.data["into"])


async def give_back(ctx: Ctx, event: Event) -> None:
    """Two persons after all: the cases go back, in every institution."""
    everywhere = await ctx.across("stop cases of a parted account")
    await service.give_back(everywhere, event.data["account"], event.data["of"])


reactions = {
    "account.merged": [adopt],
    "account.parted": [give_back],
    "appointment.cancelled": [drop],
    "appointment.rescheduled": [drop],
    "number.locked": [go_on],
    "number.refused": [go_on],
    "schedule.changed": [look],
    "schedule.closed": [look],
    "schedule.reopened": [look],
    "schedule.withdrawn": [look],
}
