"""What platforms tell us by themselves: how a message ended, who follows, which button was tapped.

Stored raw and unique first, answered, then acted upon: by the same request when that is quick, else
by the sweep. What cannot be done yet (the end of a message can be told before its sending is
written) stays due, so a crash or an early call costs nothing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec

from notify.entrances import service as entrances
from notify.messages import hear_wechat, hear_wecom, kept, store
from notify.messages.model import WECHAT, WECOM
from notify.relay.model import wait_after
from wx_backend.base import ids, metrics
from wx_backend.base.collection import Collection
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound
from wx_backend.base.sweeper import Sweep
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel
from wx_backend.gateways.callback import CallbackRejected
from wx_backend.gateways.wechat.port import Reply

logger = logging.getLogger(__name__)

QUICK = 2.0
"""Seconds the request may spend on acting; platforms wait five for their answer."""

GRACE = timedelta(seconds=5)
"""Until the sweep takes up what the request has not finished."""

STALE = timedelta(hours=1)
"""A call signed longer ago is a replay: platforms try again within seconds or minutes."""


class Platform(msgspec.Struct, frozen=True):
    """Who calls: on which kinds of channel, where it is kept, and who acts upon it.

    ``act`` answers False when it cannot be done yet; ``reply`` is what is said back at once.
    """

    name: str
    channels: frozenset[str]
    table: Collection
    port: Callable[[Ctx, Channel], Awaitable[Any]]
    act: Callable[[Ctx, dict], Awaitable[bool]]
    reply: Callable[[Ctx, Channel, Any], Awaitable[Reply | None]] | None = None


PLATFORMS = {
    one.name: one
    for one in (
        Platform(
            WECHAT,
            frozenset({"wechat", "wechat_mini"}),
            store.WECHAT_CALLBACKS,
            institutions.wechat,
            hear_wechat.act,
            entrances.reply,
        ),
        Platform(
            WECOM,
            frozenset({"wecom"}),
            store.WECOM_CALLBACKS,
            institutions.wecom,
            hear_wecom.act,
        ),
    )
}


async def echo(ctx: Ctx, name: str, channel_id: str, query: Mapping[str, str]) -> str:
    """What to answer when the platform's console checks our address.

    Raises:
        NotFound: no such channel.
        CallbackRejected: the signature is not the platform's.
    """
    channel = await _channel(ctx, PLATFORMS[name], channel_id)
    return (await PLATFORMS[name].port(ctx, channel)).callbacks.verify_url(query)


async def receive(
    ctx: Ctx, name: str, channel_id: str, query: Mapping[str, str], body: bytes
) -> str:
    """Keeps one call and acts upon it; a repetition does nothing. Returns the sealed answer for who
    caused it, also to a repetition (the platform has not had it yet); empty when there is none.

    What somebody wrote is kept only as it came, sealed by the platform.

    Raises:
        NotFound: no such channel.
        CallbackRejected: not signed, not encrypted, stale or unreadable; nothing is kept.
    """
    platform = PLATFORMS[name]
    channel = await _channel(ctx, platform, channel_id)
    reader = (await platform.port(ctx, channel)).callbacks
    event = reader.parse(query, body)
    inside = ctx.within(channel.inst)
    told = msgspec.to_builtins(event)
    told.pop("text", None)
    doc = {
        "_id": ids.derive("cb", channel.id, event.dedupe_key),
        "channel": channel.id,
        "appid": channel.appid,
        "at": _signed_at(ctx, query),
        "raw": body.decode(),
        "event": told,
        "tries": 0,
        "due_at": ctx.now() + GRACE,
    }
    if await kept.add(inside, platform.table, doc):
        metrics.CALLBACKS.labels(name, "ok").inc()
        await _at_once(inside, platform, doc)
    else:
        metrics.CALLBACKS.labels(name, "repeated").inc()
    said = await _reply(inside, platform, channel, event)
    return reader.seal(event, said) if said else ""


async def _reply(ctx: Ctx, platform: Platform, channel: Channel, event: Any) -> Reply | None:
    if platform.reply is None:
        return None
    try:
        async with asyncio.timeout(QUICK):
            return await platform.reply(ctx, channel, event)
    except Exception:  # silence is better than the platform's own "out of order"
        logger.exception("callback not answered", extra={"kind": event.kind})
        return None


async def _channel(ctx: Ctx, platform: Platform, channel_id: str) -> Channel:
    channel = await institutions.channel(ctx, channel_id)
    if channel.platform not in platform.channels:
        raise NotFound()
    return channel


def _signed_at(ctx: Ctx, query: Mapping[str, str]) -> datetime:
    """When the platform signed the call. Raises CallbackRejected."""
    try:
        at = datetime.fromtimestamp(int(query["timestamp"]), UTC)
    except (ValueError, OverflowError, OSError):
        raise CallbackRejected("malformed") from None
    if abs(ctx.wire_now() - at) > STALE:
        raise CallbackRejected("stale")
    return at


async def _at_once(ctx: Ctx, platform: Platform, doc: dict) -> None:
    """Acts while the platform waits for its answer; the sweep is behind it."""
    try:
        async with asyncio.timeout(QUICK):
            done = await platform.act(ctx, doc)
    except Exception:  # kept, and taken up by the sweep
        logger.exception("callback left to the sweep", extra={"callback": doc["_id"]})
        return
    if done:
        await kept.settle(ctx, platform.table, doc["at"], [kept.acted(doc)])


async def act_due(ctx: Ctx, name: str = WECHAT) -> int:
    """Acts upon kept calls that are still due, from this month and the last; how many."""
    platform, total = PLATFORMS[name], 0
    for month in store.months(ctx.wire_now()):
        taken = await kept.claim(ctx, platform.table, month)
        changes = [await _act(ctx.within(doc["inst"]), platform, doc) for doc in taken]
        await kept.settle(ctx, platform.table, month, changes)
        total += len(taken)
    return total


async def _act(ctx: Ctx, platform: Platform, doc: dict) -> store.Change:
    try:
        if await platform.act(ctx, doc):
            return kept.acted(doc)
    except Exception:  # tried again; the others are acted upon
        logger.exception("callback not acted upon", extra={"callback": doc["_id"]})
    wait = wait_after(doc["tries"] + 1, doc["_id"])
    if wait is None:
        logger.warning("callback given up", extra={"callback": doc["_id"]})
        metrics.CALLBACKS.labels(platform.name, "unmatched").inc()
    return kept.waiting(doc, ctx.now() + wait if wait else None)


sweeps = [Sweep(f"{name} callbacks", partial(act_due, name=name)) for name in PLATFORMS]
