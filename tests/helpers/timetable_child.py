"""A process that makes numbers, changes and closes them, and kills itself after its n-th write; 0
never. Run again it does what is left.
"""

from datetime import date, timedelta

import msgspec

from booking.appointments import store as appointments
from booking.schedules import store as slots
from booking.timetables import service as timetables
from booking.timetables import store
from booking.timetables.model import DeviationForm, Template, template_id
from tests.helpers.houses import house_on
from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState
from wx_backend.entrypoints.demo import world

COLLECTIONS = [
    appointments.APPOINTMENTS,
    slots.SLOTS,
    store.TEMPLATES,
    store.DEVIATIONS,
    store.CALENDAR,
    store.SCHEDULES,
]
FIRST: Template = world.PRACTICES[3].templates()[0]
SECOND: Template = msgspec.structs.replace(
    FIRST, id=template_id(FIRST.inst, FIRST.line, 2), version=2, room="309 诊室", capacity=3
)


def the_day(ctx: Ctx) -> date:
    """The template's first day, well ahead."""
    soon = ctx.today() + timedelta(days=3)
    return soon + timedelta(days=(FIRST.weekday - soon.weekday()) % 7)


async def tell(ctx: Ctx) -> None:
    """The whole story, or what is left of it."""
    day = the_day(ctx)
    await timetables.register(ctx, [FIRST])
    await timetables.generate(ctx, day, day)
    await timetables.register(ctx, [SECOND])
    await timetables.generate(ctx, day, day)
    closing = DeviationForm(action="close", reason="医生外出")
    try:
        await timetables.deviate(ctx, FIRST.line, day.isoformat(), 0, closing)
    except WrongState:
        await timetables.generate(ctx, day, day)


async def work(uri: str, database: str, crash_after: int) -> None:
    async with house_on(uri, database, crash_after) as house:
        await tell(house.ctx(world.HOSPITAL.id))
