"""Changed rights end sessions, also when the process that changed them died right after."""

from wx_backend.base.context import Ctx
from wx_backend.base.events import Event
from wx_backend.identity.revocations import service as revocations
from wx_backend.identity.staff import store


async def end_sessions(ctx: Ctx, event: Event) -> None:
    """Sessions older than the member's epoch are over; doing it twice changes nothing."""
    member = await store.get(ctx, event.data["member"])
    if member:
        await revocations.end(ctx, member.id, member.epoch)


reactions = {"staff.granted": [end_sessions], "staff.left": [end_sessions]}
