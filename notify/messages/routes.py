"""How a message reaches its person: the first of its channels that can be tried now."""

import msgspec

from notify.messages import reach
from notify.messages.model import WECHAT
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import NoChannel
from wx_backend.gateways.wechat.port import TemplateMessage, WeChatPort
from wx_backend.identity.accounts import service as accounts


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
    if reason := await reach.unreachable(ctx, channel.appid, openid):
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


_ROUTES = {WECHAT: _wechat}
