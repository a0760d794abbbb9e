"""What WeChat says: how a message ended, who follows, who does not."""

import msgspec

from notify.messages import reach_wechat, store
from notify.messages.model import Delivery, delivery_of
from wx_backend.base.context import Ctx
from wx_backend.gateways.wechat.port import AccountEvent

FOLLOWS = ("subscribe", "subscribe_scan")


async def act(ctx: Ctx, doc: dict) -> bool:
    """False when it cannot be done yet."""
    event = msgspec.convert(doc["event"], AccountEvent)
    if event.kind == "templatesendjobfinish":
        return await _finished(ctx, doc["appid"], event)
    if event.kind in FOLLOWS:
        await reach_wechat.open_up(ctx, doc["appid"], event.openid)
    elif event.kind == "unsubscribe":
        await reach_wechat.close_off(ctx, doc["appid"], event.openid, "unsubscribed")
    return True


async def _finished(ctx: Ctx, appid: str, event: AccountEvent) -> bool:
    delivery = delivery_of(event.status or "")
    if delivery is Delivery.USER_BLOCK:
        await reach_wechat.close_off(ctx, appid, event.openid, delivery.value)
    for month in store.months(ctx.wire_now()):
        if await store.delivered(ctx, month, event.msgid or "", delivery.value):
            return True
    return False
