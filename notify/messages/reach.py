"""Reaching a person: the first of a message's channels that can be tried now.

Who does not follow, or refuses our messages, is left alone for a day and then tried again; who
follows the account again is reachable at once.
"""

from datetime import timedelta

import msgspec

from notify.messages import store
from notify.messages.model import WECHAT
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import NoChannel
from wx_backend.gateways.wechat.port import TemplateMessage, WeChatPort
from wx_backend.identity.accounts import service as accounts

DAYS = 1


class Route(msgspec.Struct, frozen=True):
    """Everything one send needs."""

    doc: dict
    channel: str
    appid: str
    port: WeChatPort
    message: TemplateMessage


class NoRoute(Exception):
    """Nobody can be told on any channel; ``reason`` is that of the last one."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


async def route_of(ctx: Ctx, doc: dict) -> Route:
    """Two coalesced reads for each channel looked at; channels come from a cache.

    Raises:
        NoRoute: no channel of the message can be tried.
    """
    refusal = NoRoute("no_channel")
    for channel in doc["channels"]:
        try:
            return await _ROUTES[channel](ctx, doc)
        except NoRoute as error:
            refusal = error
    raise refusal


async def _wechat(ctx: Ctx, doc: dict) -> Route:
    """Raises NoRoute."""
    try:
        channel = await institutions.channel_for(ctx, WECHAT)
    except NoChannel as error:
        raise NoRoute(error.code) from None
    words = doc["wechat"]
    template = channel.templates.get(words["template"])
    if template is None:
        raise NoRoute("no_template")
    openid = await accounts.openid(ctx, doc["account"], channel.appid)
    if openid is None:
        raise NoRoute("no_openid")
    if reason := await _unreachable(ctx, channel.appid, openid):
        raise NoRoute(reason)
    message = TemplateMessage(
        openid=openid,
        template_id=template,
        fields=words["fields"],
        client_msg_id=doc["_id"],
        url=ctx.house.settings.public_url + doc["link"] if doc["link"] else None,
    )
    port = await institutions.wechat(ctx, channel)
    return Route(doc, WECHAT, channel.appid, port, message)


async def _unreachable(ctx: Ctx, appid: str, openid: str) -> str | None:
    """The reason, or None when a message can be tried. One read."""
    return await store.unreachable(ctx, _key(appid, openid))


async def close_off(ctx: Ctx, appid: str, openid: str, reason: str) -> None:
    """The platform said that this person does not take our messages."""
    await store.close_off(ctx, _key(appid, openid), reason, ctx.now() + timedelta(days=DAYS))


async def open_up(ctx: Ctx, appid: str, openid: str) -> None:
    """The person follows the account (again)."""
    await store.open_up(ctx, _key(appid, openid))


def _key(appid: str, openid: str) -> str:
    return ids.derive("rch", appid, openid)


_ROUTES = {WECHAT: _wechat}
