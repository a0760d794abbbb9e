"""Reaching a patient inside Alipay: the life account (生活号), then what they subscribed to in the
mini-program. Both belong to one application, the channel ``alipay``; our names of the templates of
the mini-program begin with ``mini/`` there, and its parameter ``page`` says which page shows ours.

A template's keywords are our fields in their order. Who is refused there is left alone for a day.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.parse import quote

import msgspec

from notify.messages import store
from notify.messages.model import ALIPAY, ALIPAY_MINI, NoRoute
from notify.messages.reach_account import addressed
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.alipay.port import LifeMessage, MiniMessage
from wx_backend.gateways.sending import SendRefused

OF_MINI = "mini/"
DAYS = 1
_NUMBER = re.compile(r"\d+$")


class AlipayRoute(msgspec.Struct, frozen=True):
    """Implements ``Route``. ``key`` is of the receiver on this channel."""

    docs: tuple[dict, ...]
    channel: str
    key: str
    ask: Callable[[], Awaitable[None]]

    async def send(self, ctx: Ctx) -> dict:
        try:
            await self.ask()
        except SendRefused as error:
            inside, until = ctx.within(self.docs[0]["inst"]), ctx.now() + timedelta(days=DAYS)
            await store.close_off(inside, self.key, error.code, until)
            raise
        return {}


async def life(ctx: Ctx, doc: dict) -> AlipayRoute:
    """Three coalesced reads. Raises NoRoute."""
    channel, template, openid = await addressed(ctx, doc, ALIPAY)
    key = await _open(ctx, ids.derive("rch", channel.appid, openid))
    message = LifeMessage(
        openid=openid,
        template_id=template,
        first=doc["title"],
        keywords=_keywords(doc),
        url=ctx.house.settings.public_url + doc["link"] if doc["link"] else "",
    )
    port = await institutions.alipay(ctx, channel)
    return AlipayRoute((doc,), ALIPAY, key, lambda: port.send_life(message))


async def mini(ctx: Ctx, doc: dict) -> AlipayRoute:
    """Three coalesced reads. Raises NoRoute."""
    channel, template, openid = await addressed(ctx, doc, ALIPAY, OF_MINI)
    page = channel.params.get("page")
    if page is None:
        raise NoRoute("no_page")
    key = await _open(ctx, ids.derive("rch", channel.appid, openid, template))
    path = f"?path={quote(doc['link'], safe='')}" if doc["link"] else ""
    message = MiniMessage(
        openid=openid, template_id=template, keywords=_keywords(doc), page=page + path
    )
    port = await institutions.alipay(ctx, channel)
    return AlipayRoute((doc,), ALIPAY_MINI, key, lambda: port.send_mini(message))


async def _open(ctx: Ctx, key: str) -> str:
    """The key of a receiver who is not left alone just now. Raises NoRoute."""
    if reason := await store.unreachable(ctx, key):
        raise NoRoute(reason)
    return key


def _keywords(doc: dict) -> tuple[str, ...]:
    """Our fields are numbered: ``thing1``, ``time4``."""
    fields = doc["wechat"]["fields"]
    ordered = sorted(fields, key=lambda field: int(_NUMBER.findall(field)[0]))
    return tuple(fields[field] for field in ordered)
