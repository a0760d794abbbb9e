"""Who no longer fits a slot that was closed, shrunk or given to somebody else.

Changing a slot is not atomic with a claim in flight (docs/adr/0001), so after each change the
schedule is looked at several times: at once, and again when every process must have heard of it.
"""

from collections import Counter
from datetime import timedelta

from booking.appointments import service as appointments
from booking.appointments.model import Appointment
from booking.schedules import service as schedules
from booking.schedules.model import SESSIONS, Slot
from booking.timetables import store
from booking.timetables.compare import Seat, misfit
from booking.timetables.model import Schedule
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import claim_due, side_by_side
from wx_backend.directory.departments import service as departments
from wx_backend.identity.worklist import service as worklist

LOOKS = (timedelta(seconds=30), timedelta(minutes=5))
"""After the first look of the sweep; a process follows changes each second."""


async def look(ctx: Ctx, found: list[Schedule]) -> None:
    """Tells who has another doctor or room, and makes work of the others; two calls to see."""
    stored = await schedules.of_schedules(ctx, [one.id for one in found])
    slots, left = {slot.id: slot for slot in stored}, Counter[str]()
    for appointment, how in await _misfits(ctx, slots):
        slot = slots[appointment.slot]
        if how == "place":
            await appointments.amend(ctx, appointment, slot)
        else:
            left[slot.schedule] += 1
    for one in found:
        if affected := left[one.id]:
            doctor = await departments.doctor(ctx, one.doctor_id)
            when = f"{one.date} {SESSIONS[one.session]}"
            about = f"{when} {doctor.name}：{affected} 位已预约的患者受停诊或调整影响"
            await worklist.open_task(ctx, "schedule_misfit", f"{one.id}:{one.done}", one.id, about)


async def misfits(ctx: Ctx, schedule: str) -> list[tuple[Appointment, str]]:
    """Appointments of a schedule that do not agree with their slot, and how; two calls."""
    slots = {slot.id: slot for slot in await schedules.of_schedules(ctx, [schedule])}
    return await _misfits(ctx, slots)


async def _misfits(ctx: Ctx, slots: dict[str, Slot]) -> list[tuple[Appointment, str]]:
    seated = await appointments.seated_in(ctx, slots)
    judged = [(one, misfit(seat_of(one), slots[one.slot])) for one in seated]
    return [(one, how) for one, how in judged if how]


def seat_of(one: Appointment) -> Seat:
    return Seat(one.slot, one.number, one.doctor_id, one.location, one.starts_at)


async def look_due(ctx: Ctx) -> int:
    """One batch of schedules that somebody has to look at again."""
    docs = await claim_due(ctx, store.SCHEDULES)

    async def one(doc: dict) -> None:
        here = ctx.within(doc["inst"])
        await look(here, [store.schedule_of(doc)])
        looks = doc.get("looks", 0)
        again = LOOKS[looks] if looks < len(LOOKS) else None
        await store.looked(here, doc["_id"], doc["lease"], again)

    await side_by_side(one, docs)
    return len(docs)
