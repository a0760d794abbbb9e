"""What became of texts. The provider is asked: what it tells by itself is not signed by it.

A text that was not answered for is found by our own id, where the provider hands that back, or when
it can be no other: one report that nobody knows, and one message on its way to the same person. Of
what the carrier could not bring, a person rings.
"""

import logging
from datetime import datetime

from notify.messages import failing, store, texting, unheard
from notify.messages.model import SENT, SKEW, SMS, UNKNOWN, Delivery
from notify.messages.store import MESSAGES
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError
from wx_backend.base.sweeper import Sweep, side_by_side
from wx_backend.directory.institutions import service as institutions
from wx_backend.gateways.sms.port import Report
from wx_backend.identity.accounts import service as accounts

logger = logging.getLogger(__name__)

BATCH = 20
"""What Tencent Cloud lets us ask in one second."""


async def ask_due(ctx: Ctx) -> int:
    """A batch of texts whose end is not known, of this month and the last; repeats are harmless."""
    total = 0
    for month in store.months(ctx.wire_now()):
        docs = await _due(ctx, month)
        await side_by_side(lambda doc: _ask(ctx, doc), docs)
        total += len(docs)
    return total


async def _ask(ctx: Ctx, doc: dict) -> None:
    inside = ctx.house.ctx(doc["inst"], trace=doc["trace"])
    try:
        report = await _report(inside, doc)
    except AppError as error:  # asked again later
        logger.warning("text not asked about", exc_info=error, extra={"message_id": doc["_id"]})
        report = None
    if report:
        await _ended(inside, doc, report)
    asks = doc.get("asks", 0) + 1
    wait = None if report else texting.next_ask(asks)
    await _asked(inside, doc, asks, inside.now() + wait if wait else None)


async def _due(ctx: Ctx, month: datetime) -> list[dict]:
    due = {"ask_at": {"$lte": ctx.now()}, "state": {"$in": [SENT, UNKNOWN]}}
    return await ctx.db(MESSAGES).month(month).find(due, sort=[("ask_at", 1)], limit=BATCH)


async def _asked(ctx: Ctx, doc: dict, asks: int, again_at: datetime | None) -> None:
    """Noted; without ``again_at`` it was the last time."""
    later = {"$set": {"asks": asks, "ask_at": again_at}}
    over = {"$set": {"asks": asks}, "$unset": {"ask_at": ""}}
    table = ctx.db(MESSAGES).month(doc["event"]["at"])
    await table.change({"_id": doc["_id"]}, later if again_at else over)


async def _report(ctx: Ctx, doc: dict) -> Report | None:
    """What the carrier said of this message; None: nothing yet, or it may be another's.

    Raises:
        NoChannel, ChannelUnusable, GatewayRefused, GatewayUnknown, GatewayBusy.
    """
    phone = await accounts.phone(ctx, doc["account"])
    if phone is None:
        return None
    channel = await institutions.channel_for(ctx, SMS)
    port = await institutions.sms(ctx, channel)
    found = await port.reports(phone.number, doc["sending_at"] - SKEW, ctx.wire_now())
    if serial := doc.get("msgid"):
        return next((one for one in found if one.id == serial), None)
    mine = next((one for one in found if one.reference == doc["_id"]), None)
    return mine or await _only(ctx, doc, found)


async def _only(ctx: Ctx, doc: dict, found: list[Report]) -> Report | None:
    """The one report that nobody knows, when this is the one message that nobody answered for."""
    nameless = [one for one in found if not one.reference and not await store.knows(ctx, one.id)]
    lost = [one["_id"] for one in await store.unanswered(ctx, doc["account"], SMS)]
    return nameless[0] if len(nameless) == 1 and lost == [doc["_id"]] else None


async def _ended(ctx: Ctx, doc: dict, report: Report) -> None:
    if doc["state"] == UNKNOWN:
        await store.found_out(ctx, doc, report.id)
    delivery = Delivery.DELIVERED if report.delivered else Delivery.FAILED
    await store.delivered(ctx, doc["event"]["at"], report.id, delivery.value)
    if report.delivered:
        await unheard.arrived(ctx, doc["_id"])
    else:
        await failing.ask_to_ring(ctx, doc, report.words or delivery.value)


sweeps = [Sweep("messages texts", ask_due, every=10)]
