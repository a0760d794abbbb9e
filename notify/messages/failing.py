"""What becomes of a message that was not sent, and who hears of a critical one.

``house.unreached`` is asked before the message is settled, so a crash in between asks again; what
it raises leaves the message due. It hears of a member who cannot be told, and of one whom the
platform has kept from being told for about half a minute, while sending goes on: a critical value
does not wait for a platform's bad day.
"""

import logging
from datetime import timedelta
from typing import Any

from notify.messages import reach, store
from notify.messages.catalogue import TOLD
from notify.messages.model import FAILED, NO_CHANNEL, PARKED, Grade, Later, NoRoute, wait_for_retry
from notify.messages.preferences import over_before
from notify.messages.store import Change
from wx_backend.base import metrics
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event
from wx_backend.identity.worklist import service as worklist

logger = logging.getLogger(__name__)

PATIENCE = 3
"""Failures after which a critical message counts as not delivered although it is tried again."""

TASK = "message_parked"
"""The work that a parked message makes for people."""

UNDELIVERED = "message_undelivered"
"""The work of a message that somebody has to know and no channel brings."""

UNHEARD = "unknown"
"""Why somebody is rung up of whose message nothing was heard."""

DEAF = timedelta(seconds=5)
"""Until who has to hear of it is asked again."""


async def refused(ctx: Ctx, doc: dict, channel: str, reason: str) -> Change:
    """The next channel at once, or FAILED when none of those left can be tried."""
    channels = doc["channels"]
    left = {**doc, "channels": channels[channels.index(channel) + 1 :]}
    try:
        await reach.route_of(ctx, left)
    except NoRoute:
        return await lost(ctx, {**left, "channels": channels}, reason)
    except Later as error:
        return await waiting(ctx, left, error, channels=left["channels"])
    return store.again(left, ctx.now(), channels=left["channels"], reason=reason)


async def waiting(ctx: Ctx, doc: dict, error: Later, **told: Any) -> Change:
    """Due when its channel sends again; who has to know before that is rung up."""
    if _too_late(ctx, doc, error.wait):
        return await lost(ctx, doc, error.reason)
    return store.again(doc, ctx.now() + error.wait, reason=error.reason, **told)


async def later(ctx: Ctx, doc: dict, reason: str, tomorrow: bool = False) -> Change:
    """Due again after a wait, or PARKED when that was the last try."""
    tries = doc["tries"] + 1
    wait = wait_for_retry(tries, doc["_id"], ctx.wire_now(), tomorrow)
    if wait is None:
        return await parked(ctx, doc, reason, tries=tries)
    if _too_late(ctx, doc, wait):
        return await lost(ctx, doc, reason)
    if tries == PATIENCE and not await _heard(ctx, doc, reason):
        return store.again(doc, ctx.now() + DEAF, reason=reason)
    metrics.MESSAGES.labels(doc["channels"][0], "RETRY").inc()
    return store.again(doc, ctx.now() + wait, reason=reason, tries=tries)


def _too_late(ctx: Ctx, doc: dict, wait: timedelta) -> bool:
    """Whether somebody has to know this, and it is over when it could be sent."""
    now, must = ctx.now(), TOLD[doc["event"]["type"]].must_reach
    return must and over_before(doc["event"]["data"], must, now, now + wait)


async def lost(ctx: Ctx, doc: dict, reason: str) -> Change:
    """FAILED: this person cannot be told; who has to know is rung up, and that is a task first."""
    await ask_to_ring(ctx, doc, reason)
    return await _ended(ctx, doc, FAILED, reason)


async def ask_to_ring(ctx: Ctx, doc: dict, reason: str) -> None:
    """Somebody has to know this, and no channel has brought it, or nobody knows whether one has: a
    task. Repeats are harmless.
    """
    if TOLD[doc["event"]["type"]].must_reach:
        came = "是否送达未知" if reason == UNHEARD else "未能送达"
        about = f"“{doc['title']}”{came}，请电话告知患者，原因 {reason}"
        inside = ctx.within(doc["inst"])
        await worklist.open_task(inside, UNDELIVERED, doc["_id"], doc["_id"], about)


async def parked(ctx: Ctx, doc: dict, reason: str, **told: Any) -> Change:
    """PARKED: a person must look, and has it as a task before it is parked."""
    about = f"消息“{doc['title']}”搁置，原因 {reason}"
    await worklist.open_task(ctx.within(doc["inst"]), TASK, doc["_id"], doc["_id"], about)
    return await _ended(ctx, doc, PARKED, reason, **told)


async def _ended(ctx: Ctx, doc: dict, state: str, reason: str, **told: Any) -> Change:
    if not await _heard(ctx, doc, reason):
        return store.again(doc, ctx.now() + DEAF, reason=reason)
    return end(doc, state, reason, **told)


async def _heard(ctx: Ctx, doc: dict, reason: str) -> bool:
    """Whether whoever has to hear that a critical message was not delivered has heard it.

    A hospital without the channel can tell nobody else through it either: its screens alarm.
    """
    hook = ctx.house.unreached.get(doc["event"]["type"])
    if hook is None or doc["grade"] != Grade.CRITICAL or reason == NO_CHANNEL:
        return True
    try:
        await hook(ctx, Event(**doc["event"]), doc["account"], reason)
    except Exception:  # asked again until it is heard
        logger.exception("unreached not heard", extra={"message_id": doc["_id"]})
        return False
    return True


def end(doc: dict, state: str, reason: str, **told: Any) -> Change:
    """Nothing is due any more."""
    metrics.MESSAGES.labels(doc["channels"][0], state).inc()
    return store.ended(doc, state, reason=reason, **told)
