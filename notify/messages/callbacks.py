"""What WeChat tells us by itself: how a message ended, who follows, who does not.

Stored raw and unique first, then acted upon; what cannot be done yet (the end of a message can be
told before its sending is written) stays due, so a crash or an early call costs nothing.
"""

from collections.abc import Mapping

import msgspec

from notify.messages import reach, store
from notify.messages.model import Delivery, delivery_of
from notify.relay.model import wait_after
from wx_backend.base import ids, metrics
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel
from wx_backend.gateways.wechat.port import AccountEvent

FOLLOWS = ("subscribe", "subscribe_scan")


async def echo(ctx: Ctx, channel_id: str, query: Mapping[str, str]) -> str:
    """What to answer when the platform's console checks our address.

    Raises:
        NotFound: no such channel.
        CallbackRejected: the signature is not the platform's.
    """
    channel = await institutions.channel(ctx, channel_id)
    return (await institutions.wechat(ctx, channel)).callbacks.verify_url(query)


async def receive(ctx: Ctx, channel_id: str, query: Mapping[str, str], body: bytes) -> None:
    """Keeps one call and acts upon it; a repetition does nothing.

    Raises:
        NotFound: no such channel.
        CallbackRejected: not signed, not encrypted, or unreadable; nothing is kept.
    """
    channel = await institutions.channel(ctx, channel_id)
    event = (await institutions.wechat(ctx, channel)).callbacks.parse(query, body)
    inside = ctx.within(channel.inst)
    doc = _document(inside, channel, event, body)
    if not await store.add_callback(inside, doc):
        metrics.CALLBACKS.labels("wechat", "repeated").inc()
        return
    metrics.CALLBACKS.labels("wechat", "ok").inc()
    if await _act(inside, doc):
        await store.settle_callbacks(inside, doc["at"], [store.acted(doc)])


def _document(ctx: Ctx, channel: Channel, event: AccountEvent, body: bytes) -> dict:
    return {
        "_id": ids.derive("cb", channel.id, event.dedupe_key),
        "channel": channel.id,
        "appid": channel.appid,
        "at": ctx.wire_now(),
        "raw": body.decode(),
        "event": msgspec.structs.asdict(event),
        "tries": 0,
        "due_at": ctx.now(),
    }


async def act_due(ctx: Ctx) -> int:
    """Acts upon kept calls that are still due, from this month and the last; how many."""
    total = 0
    for month in store.months(ctx.wire_now()):
        taken = await store.claim_callbacks(ctx, month)
        changes = []
        for doc in taken:
            if await _act(ctx.within(doc["inst"]), doc):
                changes.append(store.acted(doc))
            else:
                wait = wait_after(doc["tries"] + 1, doc["_id"])
                changes.append(store.waiting(doc, ctx.now() + wait if wait else None))
        await store.settle_callbacks(ctx, month, changes)
        total += len(taken)
    return total


async def _act(ctx: Ctx, doc: dict) -> bool:
    """False when it cannot be done yet."""
    event = AccountEvent(**doc["event"])
    if event.kind == "templatesendjobfinish":
        return await _finished(ctx, doc["appid"], event)
    if event.kind in FOLLOWS:
        await reach.open_up(ctx, doc["appid"], event.openid)
    elif event.kind == "unsubscribe":
        await reach.close_off(ctx, doc["appid"], event.openid, "unsubscribed")
    return True


async def _finished(ctx: Ctx, appid: str, event: AccountEvent) -> bool:
    delivery = delivery_of(event.status or "")
    if delivery is Delivery.USER_BLOCK:
        await reach.close_off(ctx, appid, event.openid, delivery.value)
    for month in store.months(ctx.wire_now()):
        if await store.delivered(ctx, month, event.msgid or "", delivery.value):
            return True
    return False
