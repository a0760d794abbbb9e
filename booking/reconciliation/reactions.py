"""Money that is learnt of when the books of its day are closed."""

from booking.reconciliation import minding
from wx_backend.base.clock import local_date
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event


async def late(ctx: Ctx, event: Event) -> None:
    """Somebody opens the day again. Of today's money nothing is asked (no call)."""
    day = local_date(event.data["at"])
    if day < local_date(ctx.now()):
        await minding.learnt(ctx, day)


reactions = {"payment.succeeded": [late], "payment.refunded": [late]}
