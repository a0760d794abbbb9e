"""Reaching a patient by subscribe message of the mini-program, as often as they agreed to it."""

from urllib.parse import quote

import msgspec

from notify.messages import consents, limits, store
from notify.messages.model import WECHAT_MINI, NoRoute
from notify.messages.reach_account import addressed
from wx_backend.base.context import Ctx
from wx_backend.base.errors import GatewayBusy
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused
from wx_backend.gateways.wechat.port import SubscribeMessage, WeChatPort

NO_CONSENT = "43101"
"""The platform: not agreed, or used up."""


class MiniRoute(msgspec.Struct, frozen=True):
    """Implements ``Route``."""

    docs: tuple[dict, ...]
    appid: str
    port: WeChatPort
    message: SubscribeMessage
    channel: str = WECHAT_MINI

    async def send(self, ctx: Ctx) -> dict:
        inside = ctx.within(self.docs[0]["inst"])
        openid, template = self.message.openid, self.message.template_id
        key = consents.key(self.appid, openid, template)
        if not await store.take_consent(inside, key):
            raise SendRefused(platform_code="no_consent")
        try:
            sent = await self.port.send_subscribe(self.message)
        except SendRefused as error:
            if error.data["platform_code"] == NO_CONSENT:
                await consents.none_left(inside, self.appid, openid, template)
            else:
                await store.give_consent_back(inside, key)
            raise
        except (SendInvalid, SendLater, GatewayBusy) as error:
            await store.give_consent_back(inside, key)
            if isinstance(error, SendLater) and error.tomorrow:
                await limits.reached(inside, self.channel, self.appid)
            raise
        return {"msgid": sent.msgid} if sent.msgid else {}


async def route(ctx: Ctx, doc: dict) -> MiniRoute:
    """Four coalesced reads. Raises NoRoute (``no_consent`` when nothing is left to use), or Later
    when today's messages are used up.
    """
    channel, template, openid = await addressed(ctx, doc, WECHAT_MINI)
    key = consents.key(channel.appid, openid, template)
    if not (await store.consents_left(ctx, [key])).get(key):
        raise NoRoute("no_consent")
    message = SubscribeMessage(
        openid=openid,
        template_id=template,
        fields=doc["wechat"]["fields"],
        page=_page(channel, doc),
    )
    return MiniRoute((doc,), channel.appid, await institutions.wechat(ctx, channel), message)


def _page(channel: Channel, doc: dict) -> str | None:
    """The page of the mini-program (the channel's parameter ``page``) that shows ours."""
    page = channel.params.get("page")
    return f"{page}?path={quote(doc['link'], safe='')}" if page and doc["link"] else page
