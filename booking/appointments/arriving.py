"""The patient is here (报到): from then on the visit cannot be missed any more."""

from datetime import timedelta

from booking.appointments import events, finding, locking, store
from booking.appointments.model import LIFE, Appointment, CheckInTooEarly
from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState
from wx_backend.directory.settings import service as parameters


async def check_in(ctx: Ctx, appointment_id: str) -> Appointment:
    """BOOKED → CHECKED_IN, at the desk. Repeats are harmless.

    Who comes late is let in on the day, for as long as nobody has said that they did not come.

    Raises:
        NotFound, NumberNotLocked.
        CheckInTooEarly: so long before the visit nobody waits for them.
        WrongState: not paid yet, missed, or of another day.
    """
    found = await finding.find(ctx, appointment_id)
    if found.state == "CHECKED_IN":
        return found
    state = LIFE.next(found.state, "check_in")
    before = await parameters.resolve(ctx, "booking.check_in_minutes", **found.scopes)
    opens = found.starts_at - timedelta(minutes=int(before))
    if ctx.now() < opens:
        raise CheckInTooEarly(opens_at=opens)
    if ctx.now() >= found.ends_at and ctx.today(found.zone).isoformat() > found.visit_date:
        raise WrongState("就诊日期已过，不能报到", state=found.state)
    await locking.check_known(ctx, found)
    event = events.change(ctx, events.CHECKED_IN, found)
    here = await store.advance(ctx, found, state, event)
    return here or await check_in(ctx, appointment_id)  # somebody was first: decide again
