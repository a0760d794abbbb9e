"""Reaching a patient by template message of the service account.

Who does not follow, or refuses our messages, is left alone for a day and then tried again; who
follows the account again is reachable at once.
"""

from datetime import timedelta

import msgspec

from notify.messages import limits, store
from notify.messages.model import WECHAT, NoRoute
from notify.messages.reach_account import addressed
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.sending import SendLater, SendRefused
from wx_backend.gateways.wechat.port import TemplateMessage, WeChatPort

DAYS = 1


class WeChatRoute(msgspec.Struct, frozen=True):
    """Implements ``Route``."""

    docs: tuple[dict, ...]
    appid: str
    port: WeChatPort
    message: TemplateMessage
    channel: str = WECHAT

    async def send(self, ctx: Ctx) -> dict:
        inside = ctx.within(self.docs[0]["inst"])
        try:
            sent = await self.port.send_template(self.message)
        except SendRefused as error:
            await close_off(inside, self.appid, self.message.openid, error.code)
            raise
        except SendLater as error:
            if error.tomorrow:
                await limits.reached(inside, self.channel, self.appid)
            raise
        return {"msgid": sent.msgid}


async def route(ctx: Ctx, doc: dict) -> WeChatRoute:
    """Three coalesced reads. Raises NoRoute, or Later when today's messages are used up."""
    channel, template, openid = await addressed(ctx, doc, WECHAT)
    if reason := await store.unreachable(ctx, _key(channel.appid, openid)):
        raise NoRoute(reason)
    message = TemplateMessage(
        openid=openid,
        template_id=template,
        fields=doc["wechat"]["fields"],
        client_msg_id=doc["_id"],
        url=ctx.house.settings.public_url + doc["link"] if doc["link"] else None,
    )
    port = await institutions.wechat(ctx, channel)
    return WeChatRoute((doc,), channel.appid, port, message)


async def close_off(ctx: Ctx, appid: str, openid: str, reason: str) -> None:
    """The platform said that this person does not take our messages."""
    await store.close_off(ctx, _key(appid, openid), reason, ctx.now() + timedelta(days=DAYS))


async def open_up(ctx: Ctx, appid: str, openid: str) -> None:
    """The person follows the account (again)."""
    await store.open_up(ctx, _key(appid, openid))


def _key(appid: str, openid: str) -> str:
    return ids.derive("rch", appid, openid)
