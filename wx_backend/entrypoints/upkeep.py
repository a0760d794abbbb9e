"""What every process follows in memory: clock offset, host names, ended sessions, free numbers."""

import asyncio
import logging
from datetime import datetime

from booking.appointments import service as appointments
from booking.restrictions import service as restrictions
from booking.schedules import service as schedules
from notify.outages import service as outages
from wx_backend.base import shift
from wx_backend.base.context import House
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints import belonging
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.revocations import service as revocations

log = logging.getLogger(__name__)


async def load(house: House) -> datetime:
    """Fills the views before the first request; returns the wire time they are as of.

    Raises:
        DemoInside: this is production, and the database the demo's.
    """
    await belonging.refuse_demo(house)
    since = house.wire.now()
    await follow_common(house)
    await revocations.follow(house)
    await restrictions.follow(house)
    ctx = house.ctx(None)
    view = schedules.make_view(house)
    await schedules.load(ctx, view)
    await appointments.load_view(ctx, view)
    return since


async def follow_common(house: House) -> None:
    """What workers follow too."""
    await shift.refresh(house)
    await institutions.refresh(house)
    await outages.hear(house)


async def follow(house: House, since: datetime) -> None:
    """Follows changes every ``view_seconds`` until cancelled; a failed round is tried again."""
    while True:
        await asyncio.sleep(house.settings.view_seconds)
        try:
            since = await step(house, since)
        except Exception:
            log.exception("view not followed")


async def step(house: House, since: datetime) -> datetime:
    """One round; returns the wire time the views are as of."""
    now, ctx = house.wire.now(), house.ctx(None)
    view = schedules.availability(house)
    await follow_common(house)
    await revocations.follow(house)
    await restrictions.follow(house)
    await schedules.follow(ctx, view, since)
    await appointments.follow_view(ctx, view, since)
    await accounts.write_down_used(house)
    return now
