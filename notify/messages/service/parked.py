"""Messages that a person must look at, and sending one again when its cause is mended."""

from notify.messages import store
from notify.messages.model import MESSAGE, PARKED
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState


async def parked(ctx: Ctx, limit: int = 100) -> list[dict]:
    """Parked messages of this and the last month, with ``reason`` and ``tries``."""
    found = [
        doc
        for month in store.months(ctx.wire_now())
        for doc in await store.in_state(ctx, month, PARKED, limit)
    ]
    return found[:limit]


async def replay(ctx: Ctx, message_id: str) -> None:
    """Makes a parked message due again, with all its tries; audited.

    Raises:
        NotFound: no such message of this institution in this month or the last.
        WrongState: it is not parked.
    """
    months = store.months(ctx.wire_now())
    for month in months:
        if await store.unpark(ctx, month, message_id):
            await ctx.house.audit.record(ctx, "messages:message:replay", message_id)
            ctx.house.nudge()
            return
    for month in months:
        if doc := await store.get(ctx, month, message_id):
            raise WrongState(state=doc["state"], allowed=sorted(MESSAGE.sources("replay")))
    raise NotFound
