"""A platform account whose messages of the day are used up (45009): nothing more is asked of it.

The whole queue waits for the platform's midnight, so that ten thousand messages do not each ask to
be refused (protocols.md 8, rate_limit).
"""

from notify.messages import store
from notify.messages.model import Later, until_tomorrow
from wx_backend.base import ids
from wx_backend.base.context import Ctx

REASON = "daily_limit"


async def reached(ctx: Ctx, channel: str, appid: str) -> None:
    """The platform said so; everybody hears of it within a wave."""
    until = ctx.now() + until_tomorrow(ctx.wire_now())
    await store.close_off(ctx, _key(channel, appid), REASON, until)


async def check(ctx: Ctx, channel: str, appid: str) -> None:
    """One coalesced read. Raises Later: not before the platform counts anew."""
    if await store.unreachable(ctx, _key(channel, appid)):
        raise Later(until_tomorrow(ctx.wire_now()), REASON)


def _key(channel: str, appid: str) -> str:
    return ids.derive("lim", channel, appid)
