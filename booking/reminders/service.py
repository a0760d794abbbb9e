"""Reminding patients: the evening before a visit, and on its morning.

A reminder is made when the number is the patient's and looked at again when its time comes: what
was cancelled or moved meanwhile is not told, and who sits where by then is.
"""

from booking.appointments import service as appointments
from booking.appointments.model import Appointment
from booking.reminders import store
from booking.reminders.events import COMING
from booking.reminders.model import EVENING, MORNING, steps, timely
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound
from wx_backend.base.events import Event, happened
from wx_backend.base.sweeper import Sweep, side_by_side
from wx_backend.directory.settings import service as parameters

NUMBERS = {EVENING: 1, MORNING: 2}
"""Each reminder is another event of the same version of its appointment."""


async def plan(ctx: Ctx, appointment_id: str) -> None:
    """The reminders of a booked appointment; repeating it changes nothing. One read, one insert."""
    booked = await appointments.find(ctx, appointment_id)
    evening = await parameters.resolve(ctx, "visit.evening_reminder", **booked.scopes)
    morning = await parameters.resolve(ctx, "visit.morning_reminder", **booked.scopes)
    coming = steps(
        booked.starts_at, booked.visit_date, booked.zone, ctx.now(), str(evening), str(morning)
    )
    if coming:
        await store.add(ctx, booked.id, booked.starts_at, coming)


async def remind(ctx: Ctx) -> int:
    """Announces the reminders that are due, of all institutions; how many were looked at."""
    docs = await store.due(ctx)
    await side_by_side(lambda doc: _remind(ctx.within(doc["inst"]), doc), docs)
    return len(docs)


async def _remind(ctx: Ctx, doc: dict) -> None:
    step, *left = doc["steps"]
    found = await _coming(ctx, doc["appointment"], step["when"])
    if found is None:
        await store.done(ctx, doc, None, left)
        return
    facts = found.facts(when=step["when"])
    number = NUMBERS[step["when"]]
    await store.done(
        ctx, doc, happened(ctx, COMING, found.id, found.version, number, **facts), left
    )


async def still_coming(ctx: Ctx, event: Event) -> bool:
    """Whether "your visit is tomorrow" (or today) is still true: not for what was cancelled, moved
    or begun, nor on another day.
    """
    data = event.data
    return await _coming(ctx, data["appointment"], data["when"]) is not None


async def _coming(ctx: Ctx, appointment_id: str, when: str) -> Appointment | None:
    try:
        found = await appointments.find(ctx, appointment_id)
    except NotFound:
        return None
    here = timely(when, found.visit_date, found.starts_at, ctx.now(), found.zone)
    return found if here and found.state == "BOOKED" else None


sweeps = [Sweep("reminders", remind)]
