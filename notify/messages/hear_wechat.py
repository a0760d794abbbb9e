"""What WeChat says: how a message ended, who follows, who does not."""

import msgspec

from notify.messages import consents, failing, reach_wechat, store, unheard
from notify.messages.model import Delivery, delivery_of
from notify.messages.reach_mini import NO_CONSENT
from wx_backend.base.context import Ctx
from wx_backend.gateways.wechat.port import AccountEvent, Subscription

SENT_EVENT, OFF_EVENT = "subscribe_msg_sent_event", "subscribe_msg_change_event"
CONSENTS = ("subscribe_msg_popup_event", OFF_EVENT, SENT_EVENT)
FOLLOWS = ("subscribe", "subscribe_scan")


async def act(ctx: Ctx, doc: dict) -> bool:
    """False when it cannot be done yet."""
    event = msgspec.convert(doc["event"], AccountEvent)
    if event.kind == "templatesendjobfinish":
        return await _finished(ctx, doc, event)
    if event.kind in CONSENTS:
        return await _subscriptions(ctx, doc, event)
    if event.kind in FOLLOWS:
        await reach_wechat.open_up(ctx, doc["appid"], event.openid)
    elif event.kind == "unsubscribe":
        await reach_wechat.close_off(ctx, doc["appid"], event.openid, "unsubscribed")
    return True


async def _subscriptions(ctx: Ctx, doc: dict, event: AccountEvent) -> bool:
    """What a person agreed to or turned off, and how messages ended."""
    done = True
    for one in event.subscriptions:
        mine = (ctx, doc["appid"], event.openid, one.template_id)
        if event.kind == SENT_EVENT:
            done = await _ended(ctx, one) and done
            if one.error == NO_CONSENT:
                await consents.none_left(*mine)
        elif one.status == "accept":
            await consents.heard(*mine, doc["_id"])
        elif event.kind == OFF_EVENT:
            await consents.none_left(*mine)
    return done


async def _ended(ctx: Ctx, told: Subscription) -> bool:
    delivery = Delivery.DELIVERED if told.error == "0" else Delivery.FAILED
    return await _delivered(ctx, told.msgid or "", delivery)


async def _finished(ctx: Ctx, doc: dict, event: AccountEvent) -> bool:
    delivery, msgid = delivery_of(event.status or ""), event.msgid or ""
    if delivery is Delivery.USER_BLOCK:
        await reach_wechat.close_off(ctx, doc["appid"], event.openid, delivery.value)
    if await _delivered(ctx, msgid, delivery):
        return True
    key = await unheard.recognise(ctx, doc["appid"], event.openid, msgid, doc["at"])
    if key and delivery is Delivery.DELIVERED:
        await unheard.arrived(ctx, key)
    return key is not None and await _delivered(ctx, msgid, delivery)


async def _delivered(ctx: Ctx, msgid: str, delivery: Delivery) -> bool:
    """What was accepted and has not arrived is as good as not sent."""
    for month in store.months(ctx.wire_now()):
        if doc := await store.delivered(ctx, month, msgid, delivery.value):
            if delivery is not Delivery.DELIVERED:
                await failing.ask_to_ring(ctx, doc, delivery.value)
            return True
    return False
