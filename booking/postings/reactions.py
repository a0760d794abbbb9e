"""Money that moved is told to the HIS."""

from booking.postings import service
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event


async def post(ctx: Ctx, event: Event) -> None:
    """A payment or refund: to be posted."""
    await service.follow(ctx, event.data["order"])


reactions = {"payment.succeeded": [post], "payment.refunded": [post]}
