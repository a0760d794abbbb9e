"""Everything the catalogue tells becomes messages; a merged account's messages move."""

from notify.messages import service
from notify.messages.catalogue import TOLD
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event


async def tell(ctx: Ctx, event: Event) -> None:
    """Makes the event's messages."""
    await service.tell(ctx, event)


async def adopt(ctx: Ctx, event: Event) -> None:
    """Moves the messages of a merged account, in every institution."""
    everywhere = await ctx.across("messages of a merged account")
    await service.adopt(everywhere, event.data["account"], event.data["into"])


reactions = {"account.merged": [adopt], **{name: [tell] for name in TOLD}}
