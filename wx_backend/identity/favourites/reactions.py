"""One person signed in two ways: favourites come together, in every institution."""

from wx_backend.base.context import Ctx
from wx_backend.base.events import Event
from wx_backend.identity.favourites import service


async def adopt(ctx: Ctx, event: Event) -> None:
    everywhere = await ctx.across("favourites of a merged account")
    await service.adopt(everywhere, event.data["account"], event.data["into"])


async def give_back(ctx: Ctx, event: Event) -> None:
    """Two persons after all: each has their own list again, in every institution."""
    everywhere = await ctx.across("favourites of a parted account")
    await service.give_back(everywhere, event.data["account"], event.data["of"])


reactions = {"account.merged": [adopt], "account.parted": [give_back]}
