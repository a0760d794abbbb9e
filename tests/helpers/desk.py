"""Short ways to where a test of the pages begins: free slots, a number held, a slot filled."""

from booking.appointments import service as appointments
from booking.appointments.model import Appointment, Hold
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from tests.helpers.hospital import Hospital
from wx_backend.base import ids
from wx_backend.entrypoints.demo import world
from wx_backend.identity.patients import service as patients


def free_slots(hospital: Hospital, department: str) -> list[Slot]:
    """Free slots of a department of the demo world, tomorrow's first."""
    ctx = hospital.ctx()
    days = schedules.offer_days(ctx, world.DEPARTMENTS[department].id)
    later = [day for day in days if day.date > ctx.today().isoformat()]
    return [offer.slot for day in later for offer in day.offers if offer.free]


async def hold(hospital: Hospital, person: str, slot: Slot) -> Appointment:
    """``person`` holds a number of ``slot`` for themselves."""
    ctx = await hospital.acting(person)
    me = next(one for one in await patients.mine(ctx) if one.relation == "SELF")
    return await appointments.hold(ctx, Hold(slot.id, me.patient_id), ids.new("key"))


async def fill(hospital: Hospital, slot: Slot) -> None:
    """Others of the crowd take every number of ``slot``."""
    for number in range(slot.capacity):
        await hold(hospital, f"crowd-{number + 1}", slot)
