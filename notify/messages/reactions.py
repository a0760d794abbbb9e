"""Everything the catalogue tells becomes messages; what is settled makes cards grey."""

from notify.messages import cards, service
from notify.messages.catalogue import GREYED, TOLD
from notify.messages.words import phrase
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event


async def tell(ctx: Ctx, event: Event) -> None:
    """Makes the event's messages."""
    await service.tell(ctx, event)


async def adopt(ctx: Ctx, event: Event) -> None:
    """Moves the messages of a merged account, in every institution."""
    everywhere = await ctx.across("messages of a merged account")
    await service.adopt(everywhere, event.data["account"], event.data["into"])


async def give_back(ctx: Ctx, event: Event) -> None:
    """Two persons after all: the messages go back, in every institution."""
    everywhere = await ctx.across("messages of a parted account")
    await service.give_back(everywhere, event.data["account"], event.data["of"])


async def grey(ctx: Ctx, event: Event) -> None:
    """Everybody who was told sees on the card that there is nothing left to do."""
    await cards.close(ctx, event.subject, phrase(GREYED[event.type], event))


def _reactions() -> dict[str, list]:
    heard = {name: [tell] for name in TOLD}
    heard |= {"account.merged": [adopt], "account.parted": [give_back]}
    for name in GREYED:
        heard.setdefault(name, []).append(grey)
    return heard


reactions = _reactions()
