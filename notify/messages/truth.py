"""Whether what a message says still holds; ``house.still_true`` asks the slice that knows."""

from wx_backend.base.context import Ctx
from wx_backend.base.events import Event


async def holds(ctx: Ctx, doc: dict) -> bool:
    """Whether it does; an event that nobody is asked about stays true."""
    check = ctx.house.still_true.get(doc["event"]["type"])
    return check is None or await check(ctx, Event(**doc["event"]))
