"""Holds that ran out: the platform is asked first, then closed, then the number is free."""

import logging
from datetime import timedelta

from booking.appointments import events, returning, seating, store
from booking.appointments.model import LIFE, Appointment
from booking.payments import service as payments
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError
from wx_backend.base.sweeper import claim_due, side_by_side

log = logging.getLogger(__name__)

UNKNOWN_RETRY = timedelta(seconds=30)
UNKNOWN_PATIENCE = timedelta(minutes=10)
"""How long after its expiry a hold is kept while the platform cannot say whether it was paid."""


async def expire(ctx: Ctx) -> int:
    """Frees the numbers of holds that ran out, of all institutions; how many it looked at."""
    docs = await claim_due(ctx, store.APPOINTMENTS, limit=20, extra={"state": "HELD"})
    await side_by_side(
        lambda doc: _expire(ctx.within(doc["inst"]), store.appointment_of(doc)), docs
    )
    return len(docs)


async def _expire(ctx: Ctx, held: Appointment) -> None:
    try:
        if await payments.settle(ctx, held.purpose):
            await seating.seat(ctx, held.purpose)
            return
    except AppError as error:
        if ctx.now() < held.expires_at + UNKNOWN_PATIENCE:
            await store.postpone(ctx, held, ctx.now() + UNKNOWN_RETRY)
            return
        log.warning("hold freed unasked", extra={"appointment": held.id, "code": error.code})
    if held.kept_for:
        event = events.change(ctx, events.RELEASED, held, kept_for=held.kept_for)
    else:
        event = events.change(ctx, events.EXPIRED, held)
    await returning.give_back(ctx, held, LIFE.next("HELD", "expire"), event, ended_by="system")
