"""Reaching a patient by text message, on the number that a platform has checked: what no app
brings, before a person rings.

Who is refused (an impossible number, one that wants no texts) is left alone for a day.
"""

from datetime import timedelta

import msgspec

from notify.messages import counting, limits, store, texting
from notify.messages.model import SMS, Later, NoRoute
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.base.errors import GatewayBusy
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import NoChannel
from wx_backend.directory.settings import service as settings
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused
from wx_backend.gateways.sms.port import APP_LIMIT, SmsPort, TextMessage
from wx_backend.identity.accounts import service as accounts

DAYS = 1
MAINLAND = "86"
LIMIT = "text_limit"


class SmsRoute(msgspec.Struct, frozen=True):
    """Implements ``Route``. ``key`` is of the receiver at this provider, ``most`` on one day."""

    docs: tuple[dict, ...]
    appid: str
    key: str
    most: int
    port: SmsPort
    message: TextMessage
    channel: str = SMS

    async def send(self, ctx: Ctx) -> dict:
        inside = ctx.within(self.docs[0]["inst"])
        taken = await counting.take(inside, self.key, self.most)
        if taken is None:
            raise SendLater(platform_code=LIMIT)
        try:
            serial = await self.port.send(self.message)
        except (SendRefused, SendInvalid, SendLater, GatewayBusy) as error:
            await counting.give_back(inside, self.key, taken)
            await self._minded(inside, error)
            raise
        return {"msgid": serial, "ask_at": ctx.now() + texting.ASKED_AFTER[0]}

    async def _minded(self, ctx: Ctx, error: Exception) -> None:
        """What a refusal says of the next texts."""
        if isinstance(error, SendRefused):
            until = ctx.now() + timedelta(days=DAYS)
            await store.close_off(ctx, self.key, error.code, until)
        elif isinstance(error, SendLater) and error.data["platform_code"] == APP_LIMIT:
            await limits.reached(ctx, self.channel, self.appid)


async def route(ctx: Ctx, doc: dict) -> SmsRoute:
    """Six coalesced reads. Raises NoRoute, or Later when this person has had too many."""
    try:
        channel = await institutions.channel_for(ctx, SMS)
    except NoChannel as error:
        raise NoRoute(error.code) from None
    words = doc.get("sms")
    template = channel.templates.get(words["template"]) if words else None
    if words is None or template is None:
        raise NoRoute("no_template")
    phone = await _number(ctx, doc["account"])
    key = ids.derive("rch", channel.appid, doc["account"])
    if reason := await store.unreachable(ctx, key):
        raise NoRoute(reason)
    await limits.check(ctx, SMS, channel.appid)
    most = await settings.resolve(ctx, "messages.texts_per_day")
    if wait := texting.wait_for(await counting.sent(ctx, key) or (), ctx.now(), most):
        raise Later(wait, LIMIT)
    message = TextMessage(
        phone=phone, template=template, fields=tuple(words["fields"]), reference=doc["_id"]
    )
    port = await institutions.sms(ctx, channel)
    return SmsRoute((doc,), channel.appid, key, most, port, message)


async def _number(ctx: Ctx, account: str) -> str:
    """Raises NoRoute: no number that a platform has checked, or none of the mainland."""
    phone = await accounts.phone(ctx, account)
    if phone is None:
        raise NoRoute("no_phone")
    if phone.country != MAINLAND:
        raise NoRoute("phone_abroad")
    return phone.number
