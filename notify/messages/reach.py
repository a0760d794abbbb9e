"""Reaching a person: the first of a message's channels that can be tried now.

Each channel is a file of its own (``reach_wechat.py``, ``reach_wecom.py``) and a row of ``WAYS``.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

import msgspec

from notify.messages import reach_wechat, reach_wecom
from notify.messages.model import NO_CHANNEL, WECHAT, WECOM, NoRoute
from wx_backend.base.context import Ctx


class Route(Protocol):
    """Everything one send needs; it carries one message, or several in one."""

    docs: tuple[dict, ...]
    channel: str

    async def send(self, ctx: Ctx) -> dict:
        """What the message remembers of being sent: ``msgid``, and perhaps more.

        Raises:
            SendRefused, SendInvalid, SendLater, SendUnknown, GatewayBusy: as the platforms do.
        """


Shared = tuple[list[Route], list[tuple[dict, timedelta]]]
"""What is sent now, and messages that wait for so long."""


async def _each(ctx: Ctx, routes: list[Route]) -> Shared:
    """A channel that takes as much as is given to it."""
    return routes, []


class Way(msgspec.Struct, frozen=True):
    """One channel: ``route`` finds the way to a message's receiver or raises NoRoute, ``share``
    keeps what goes out at once within the platform's limits for one person.
    """

    route: Callable[[Ctx, dict], Awaitable[Route]]
    share: Callable[[Ctx, list[Route]], Awaitable[Shared]] = _each


WAYS = {
    WECHAT: Way(reach_wechat.route),
    WECOM: Way(reach_wecom.route, reach_wecom.share),
}


async def route_of(ctx: Ctx, doc: dict) -> Route:
    """Two coalesced reads for each channel looked at; channels come from a cache.

    Raises:
        NoRoute: no channel of the message can be tried.
    """
    refusal = NoRoute(NO_CHANNEL)
    for channel in doc["channels"]:
        try:
            return await WAYS[channel].route(ctx, doc)
        except NoRoute as error:
            refusal = error
    raise refusal


async def share(ctx: Ctx, routes: list[Route]) -> Shared:
    """What each channel sends now of these, and what has to wait."""
    now: list[Route] = []
    waiting: list[tuple[dict, timedelta]] = []
    for name, way in WAYS.items():
        mine = [route for route in routes if route.channel == name]
        sent, put_off = await way.share(ctx, mine)
        now += sent
        waiting += put_off
    return now, waiting
