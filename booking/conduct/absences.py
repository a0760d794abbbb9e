"""Who has booked, has not come, and whose session is over: NO_SHOW.

Off until the hospital has check-in (``booking.no_show_counts``): without it nobody can be seen to
have come. The first look after it is switched on only notes the time, so that nothing of what is
past counts. A session is over ``booking.late_minutes`` after the end of its last slot (clinical.md
3.2: up to 30 minutes late is in time).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from booking.appointments import service as appointments
from booking.conduct import store
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from wx_backend.base import clock
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as parameters


async def look(ctx: Ctx) -> int:
    """One look at every institution; how many visits were missed."""
    known = institutions.all_known(ctx.house)
    return sum([await _look(ctx.within(one.id)) for one in known])


async def _look(ctx: Ctx) -> int:
    since = await store.known_until(ctx)
    if not await parameters.resolve(ctx, "booking.no_show_counts"):
        if since:
            await store.forget(ctx)
        return 0
    until = ctx.now() - timedelta(
        minutes=int(await parameters.resolve(ctx, "booking.late_minutes"))
    )
    if since is None:
        await store.know_until(ctx, until)
        return 0
    slots = await schedules.of_dates(ctx, clock.local_date(since) - timedelta(days=1), ctx.today())
    ended = over(slots, since, until)
    missed = [
        await appointments.miss(ctx, one)
        for one in await appointments.seated_in(ctx, [slot.id for slot in ended])
        if one.state == "BOOKED"
    ]
    await store.know_until(ctx, until)
    return sum(one is not None for one in missed)


def over(slots: Iterable[Slot], since: datetime, until: datetime) -> list[Slot]:
    """The slots that took place of sessions that ended after ``since``, up to ``until``."""
    sessions: dict[tuple[str, str, str], list[Slot]] = {}
    for slot in slots:
        sessions.setdefault((slot.doctor_id, slot.visit_date, slot.session), []).append(slot)
    return [
        slot
        for each in sessions.values()
        if since < max(one.ends_at for one in each) <= until
        for slot in each
        if slot.state == "OPEN"
    ]
