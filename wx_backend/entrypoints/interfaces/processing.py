"""From the inbox through the routes: in this process at once, by the sweep if it dies.

A message that lacks what its route needs is parked at once, one that fails otherwise is tried again
for some hours and parked then; either way a person is told.
"""

import logging
from datetime import timedelta

from wx_backend.base import metrics
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import AppError
from wx_backend.base.secrets import Unreadable
from wx_backend.base.sweeper import Sweep
from wx_backend.entrypoints.interfaces import alarms, inbox
from wx_backend.entrypoints.interfaces.endings import endings
from wx_backend.entrypoints.interfaces.model import WAITS, Received
from wx_backend.entrypoints.interfaces.routes import ROUTES
from wx_backend.gateways.hl7.charset import decode
from wx_backend.gateways.hl7.message import Message, NotHl7, Unmappable, parse

logger = logging.getLogger(__name__)

HOPELESS = (Unmappable, NotHl7)
"""Failures that no repetition changes."""


async def process(ctx: Ctx, received: Received, message: Message) -> None:
    """Handles one message; how it ended is written soon after."""
    change = await attempt(ctx, received, message)
    endings(ctx.house).put(ctx, received.received_at, change)


async def attempt(ctx: Ctx, received: Received, message: Message) -> inbox.Change:
    """The change that its outcome makes to the stored message. Raises nothing."""
    acting = ctx.acting_as(Actor("platform", f"hl7:{received.sender}"))
    try:
        await ROUTES[received.kind](acting, message)
    except Exception as error:  # kept with the message, tried again or shown to a person
        return await _failed(acting, received, error)
    metrics.HL7_MESSAGES.labels(received.kind, "done").inc()
    return inbox.done(received.key, ctx.wire_now())


async def sweep(ctx: Ctx) -> int:
    """One batch of messages that nobody handles any more or that are due again; how many."""
    total = 0
    for month in inbox.months(ctx.wire_now()):
        taken = await inbox.claim(ctx, month)
        changes = [await _again(ctx.within(doc["inst"]), doc) for doc in taken]
        await inbox.settle(ctx, month, changes)
        total += len(taken)
    return total


sweeps = [Sweep("hl7 inbox", sweep)]


async def _again(ctx: Ctx, doc: dict) -> inbox.Change:
    received = inbox.received(doc)
    try:
        message = parse(decode(inbox.unseal(ctx, doc), doc["charset"]).text, doc["charset"])
    except (Unreadable, NotHl7) as error:
        return await _failed(ctx, received, error)
    return await attempt(ctx, received, message)


async def _failed(ctx: Ctx, received: Received, error: Exception) -> inbox.Change:
    reason = error.code if isinstance(error, AppError) else type(error).__name__
    hopeless = isinstance(error, HOPELESS) or received.tries >= len(WAITS)
    logger.log(
        logging.ERROR if hopeless else logging.WARNING,
        "message failed",
        exc_info=error,
        extra={"hl7": received.key, "kind": received.kind, "parked": hopeless},
    )
    metrics.HL7_MESSAGES.labels(received.kind, "parked" if hopeless else "retry").inc()
    if not hopeless:
        due = ctx.now() + timedelta(seconds=WAITS[received.tries])
        return inbox.again(received.key, received.lease, due, reason)
    field = error.data.get("field", "") if isinstance(error, AppError) else ""
    await alarms.sound(ctx, received, "PARKED", reason, field)
    return inbox.parked(received.key, ctx.wire_now(), reason)
