"""Sends what is due: claimed by lease, in waves, each message marked SENDING before it goes.

Found SENDING after a crash, a message may or may not have gone out: critical grade goes again
(the platform drops a repetition of our ``client_msg_id``), others become UNKNOWN and are shown so.
"""

import asyncio
import logging
from datetime import datetime
from typing import Any

from notify.messages import reach, store
from notify.messages.model import (
    FAILED,
    PARKED,
    SENDING,
    SENT,
    SKIPPED,
    UNKNOWN,
    Grade,
    wait_for_retry,
)
from notify.messages.reach import NoRoute, Route, route_of
from notify.messages.store import Change
from notify.relay.model import reason_of
from wx_backend.base import log, metrics
from wx_backend.base.context import Ctx
from wx_backend.base.errors import GatewayBusy
from wx_backend.base.events import Event
from wx_backend.base.outbox import RELAY
from wx_backend.gateways.sending import SendInvalid, SendLater, SendRefused

logger = logging.getLogger(__name__)

AT_ONCE = 10


async def send_due(ctx: Ctx, lane: str = RELAY) -> int:
    """One batch of a lane, from this month and the last; how many messages were dealt with.

    Two calls when nothing is due. A wave of ten costs two writes and the reads of its receivers.
    """
    total = 0
    for month in store.months(ctx.wire_now()):
        taken = await store.claim(ctx, lane, month)
        for start in range(0, len(taken), AT_ONCE):
            await _wave(ctx, month, taken[start : start + AT_ONCE])
        total += len(taken)
    return total


async def _wave(ctx: Ctx, month: datetime, docs: list[dict]) -> None:
    plans = await asyncio.gather(*(_plan(ctx, doc) for doc in docs))
    routes = {plan.doc["_id"]: plan for plan in plans if isinstance(plan, Route)}
    changes = [plan for plan in plans if not isinstance(plan, Route)]
    if routes:
        held = await store.sending(ctx, month, [route.doc for route in routes.values()])
        changes += await asyncio.gather(*(_send(ctx, routes[doc["_id"]]) for doc in held))
    await store.settle(ctx, month, changes)


async def _plan(ctx: Ctx, doc: dict) -> Route | Change:
    """How to send this message, or what becomes of it without being sent."""
    log.trace_id.set(doc["trace"])
    if doc["state"] == SENDING and doc["grade"] != Grade.CRITICAL:
        return _end(doc, UNKNOWN, "left_sending")
    inside = ctx.house.ctx(doc["inst"], trace=doc["trace"])
    try:
        if not await _still_true(inside, doc):
            return _end(doc, SKIPPED, "no_longer_true")
        return await route_of(inside, doc)
    except NoRoute as error:
        return _end(doc, FAILED, error.reason)
    except Exception as error:  # kept with the message and tried again; the others go out
        logger.exception("message not prepared", extra={"message_id": doc["_id"]})
        return _later(ctx, doc, reason_of(error))


async def _still_true(ctx: Ctx, doc: dict) -> bool:
    check = ctx.house.still_true.get(doc["event"]["type"])
    return check is None or await check(ctx, Event(**doc["event"]))


async def _send(ctx: Ctx, route: Route) -> Change:
    log.trace_id.set(route.doc["trace"])
    doc = route.doc
    try:
        sent = await route.port.send_template(route.message)
    except SendRefused as error:
        inside = ctx.within(doc["inst"])
        await reach.close_off(inside, route.appid, route.message.openid, error.code)
        return _refused(ctx, route, error.code)
    except SendInvalid as error:
        logger.error("message invalid", extra={"message_id": doc["_id"], **error.data})
        return _end(doc, PARKED, f"{error.code}:{error.data.get('platform_code', '')}")
    except (SendLater, GatewayBusy) as error:
        return _later(ctx, doc, error.code, tomorrow=getattr(error, "tomorrow", False))
    except Exception as error:  # whatever else happened, it may have gone out
        logger.warning("message unknown", exc_info=error, extra={"message_id": doc["_id"]})
        if doc["grade"] == Grade.CRITICAL:
            return _later(ctx, doc, reason_of(error))
        return _end(doc, UNKNOWN, reason_of(error))
    metrics.MESSAGES.labels(route.channel, SENT).inc()
    return store.accepted(doc, channel=route.channel, msgid=sent.msgid, sent_at=ctx.now())


def _refused(ctx: Ctx, route: Route, reason: str) -> Change:
    """The next channel at once, or FAILED when there is none."""
    channels = route.doc["channels"]
    rest = channels[channels.index(route.channel) + 1 :]
    if not rest:
        return _end(route.doc, FAILED, reason)
    return store.again(route.doc, ctx.now(), channels=rest, reason=reason)


def _later(ctx: Ctx, doc: dict, reason: str, tomorrow: bool = False) -> Change:
    tries = doc["tries"] + 1
    wait = wait_for_retry(tries, doc["_id"], ctx.wire_now(), tomorrow)
    if wait is None:
        return _end(doc, PARKED, reason, tries=tries)
    metrics.MESSAGES.labels(doc["channels"][0], "RETRY").inc()
    return store.again(doc, ctx.now() + wait, reason=reason, tries=tries)


def _end(doc: dict, state: str, reason: str, **told: Any) -> Change:
    metrics.MESSAGES.labels(doc["channels"][0], state).inc()
    return store.ended(doc, state, reason=reason, **told)
