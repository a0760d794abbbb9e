"""Reaching a person: the first of a message's channels that can be tried now.

Each channel is a file of its own (``reach_wechat.py``, ``reach_wecom.py``) and a row of ``WAYS``.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

import msgspec

from notify.messages import reach_alipay, reach_mini, reach_sms, reach_wechat, reach_wecom, store
from notify.messages.model import (
    ALIPAY,
    ALIPAY_MINI,
    NO_CHANNEL,
    SMS,
    WECHAT,
    WECHAT_MINI,
    WECOM,
    Later,
    NoRoute,
)
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
    WECHAT_MINI: Way(reach_mini.route),
    ALIPAY: Way(reach_alipay.life),
    ALIPAY_MINI: Way(reach_alipay.mini),
    SMS: Way(reach_sms.route),
    WECOM: Way(reach_wecom.route, reach_wecom.share),
}


async def route_of(ctx: Ctx, doc: dict) -> Route:
    """Two or three coalesced reads for each channel looked at; channels come from a cache. Why a
    channel was passed over is noted in the message.

    Raises:
        Later: the only channels that can be tried send nothing more today.
        NoRoute: no channel of the message can be tried; the reason is that of the first which the
            institution has.
    """
    reasons = []
    waiting: Later | None = None
    for channel in doc["channels"]:
        try:
            return await WAYS[channel].route(ctx, doc)
        except Later as error:
            waiting = waiting or error
        except NoRoute as error:
            store.noted(ctx, doc, channel, error.reason)
            reasons.append(error.reason)
    if waiting:
        raise waiting
    raise NoRoute(next((one for one in reasons if one != NO_CHANNEL), NO_CHANNEL))


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
