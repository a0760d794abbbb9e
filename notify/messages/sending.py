"""Sends what is due: claimed by lease, in waves, each message marked SENDING before it goes.

Found SENDING after a crash, a message may or may not have gone out: critical grade goes again
(the platform drops a repetition of our message id), others become UNKNOWN and are shown so
(``unheard.py``).
"""

import asyncio
import logging
from collections import defaultdict
from datetime import datetime

from notify.messages import cards, failing, reach, store, truth, unheard, wishes
from notify.messages.fields import named_in
from notify.messages.model import SENDING, SENT, SKIPPED, Grade, Later, NoRoute
from notify.messages.reach import Route
from notify.messages.store import Change
from notify.relay.model import reason_of
from wx_backend.base import log, metrics
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, GatewayBusy
from wx_backend.base.outbox import RELAY
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused

logger = logging.getLogger(__name__)

AT_ONCE = 10


async def send_due(ctx: Ctx, lane: str = RELAY) -> int:
    """One batch of a lane, from this month and the last; how many messages were dealt with.

    Two calls when nothing is due. A wave of ten costs two writes, one more for each further
    channel, and the reads of its receivers.
    """
    total = 0
    for month in store.months(ctx.wire_now()):
        taken = await store.claim(ctx, lane, month)
        for wave in _waves(taken):
            await _wave(ctx, month, wave)
        total += len(taken)
    return total


def _waves(taken: list[dict]) -> list[list[dict]]:
    """About ten messages each; those that may share a card are in one wave."""
    groups: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for doc in taken:
        groups[doc["account"], doc["many"] or doc["_id"]].append(doc)
    waves: list[list[dict]] = [[]]
    for group in groups.values():
        if waves[-1] and len(waves[-1]) + len(group) > AT_ONCE:
            waves.append([])
        waves[-1] += group
    return waves


async def _wave(ctx: Ctx, month: datetime, docs: list[dict]) -> None:
    plans = await asyncio.gather(*(_plan(ctx, doc) for doc in docs))
    routes, waiting = await reach.share(ctx, [one for one in plans if not isinstance(one, tuple)])
    changes = [plan for plan in plans if isinstance(plan, tuple)]
    changes += [store.again(doc, ctx.now() + wait, reason="pace") for doc, wait in waiting]
    if routes:
        changes += await _send_all(ctx, month, routes)
    await store.settle(ctx, month, changes)
    if coded := [key["_id"] for key, update in changes if "$push" in update]:
        await cards.catch_up(ctx, month, coded)


async def _send_all(ctx: Ctx, month: datetime, routes: list[Route]) -> list[Change]:
    held = await _mark(ctx, month, routes)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(route: Route) -> list[Change]:
        async with gate:
            return await _send(ctx, route)

    mine = [route for route in routes if all(doc["_id"] in held for doc in route.docs)]
    return [change for done in await asyncio.gather(*map(one, mine)) for change in done]


async def _mark(ctx: Ctx, month: datetime, routes: list[Route]) -> set[str]:
    """Ids of the messages that are marked and still ours; one write for each channel."""
    by_channel: dict[str, list[dict]] = defaultdict(list)
    for route in routes:
        by_channel[route.channel] += route.docs
    waves = by_channel.items()
    marked = await asyncio.gather(
        *(store.sending(ctx, month, docs, channel) for channel, docs in waves)
    )
    return {doc["_id"] for docs in marked for doc in docs}


async def _plan(ctx: Ctx, doc: dict) -> Route | Change:
    """How to send this message, or what becomes of it without being sent."""
    log.trace_id.set(doc["trace"])
    if doc["state"] == SENDING and doc["grade"] != Grade.CRITICAL:
        return unheard.lose_sight(ctx, doc, doc.get("via", ""), "left_sending")
    inside = ctx.house.ctx(doc["inst"], trace=doc["trace"])
    try:
        if held_back := await wishes.hold_back(inside, doc):
            return held_back
        if not await truth.holds(inside, doc):
            return failing.end(doc, SKIPPED, "no_longer_true")
        return await reach.route_of(inside, doc)
    except NoRoute as error:
        return await failing.lost(inside, doc, error.reason)
    except Later as error:
        return await failing.waiting(inside, doc, error)
    except Exception as error:  # kept with the message and tried again; the others go out
        logger.exception("message not prepared", extra={"message_id": doc["_id"]})
        return await failing.later(inside, doc, reason_of(error))


async def _send(ctx: Ctx, route: Route) -> list[Change]:
    """What becomes of the messages that a route carries."""
    first = route.docs[0]
    log.trace_id.set(first["trace"])
    inside = ctx.house.ctx(first["inst"], trace=first["trace"])
    try:
        told = await route.send(inside)
    except Exception as error:  # whatever else happened, it may have gone out
        return [await _failed(inside, doc, route.channel, error) for doc in route.docs]
    told |= {"channel": route.channel, "sent_at": ctx.now()}
    metrics.MESSAGES.labels(route.channel, SENT).inc(len(route.docs))
    if len(route.docs) > 1:
        told["together"] = len(route.docs)
    return [store.accepted(doc, **told) for doc in route.docs]


async def _failed(ctx: Ctx, doc: dict, channel: str, error: Exception) -> Change:
    data = error.data if isinstance(error, AppError) else {}
    code = str(data.get("platform_code", ""))
    store.noted(ctx, doc, channel, reason_of(error), code)
    match error:
        case SendRefused():
            return await failing.refused(ctx, doc, channel, error.code)
        case SendInvalid():
            logger.error("message invalid", extra={"message_id": doc["_id"], **error.data})
            field = named_in(str(data.get("platform_message", "")))
            reason = ":".join(filter(None, (error.code, code, field)))
            return await failing.parked(ctx, doc, reason)
        case SendLater() | GatewayBusy():
            tomorrow = getattr(error, "tomorrow", False)
            return await failing.later(ctx, doc, error.code, tomorrow)
    logger.warning("message unknown", exc_info=error, extra={"message_id": doc["_id"]})
    if doc["grade"] == Grade.CRITICAL:
        return await failing.later(ctx, doc, reason_of(error))
    return unheard.lose_sight(ctx, doc, channel, reason_of(error))
