"""One person signed in two ways: favourites come together, in every institution."""

from wx_backend.base.context import Ctx
from wx_backend.base.events import Event
from wx_backend.identity.favourites import service


async def adopt(ctx: Ctx, event: Event) -> None:
    everywhere = await ctx.across("favourites of a merged account")
    await service.adopt(everywhere, event.data["account"], event.data["into"])


reactions = {"account.merged": [adopt]}
