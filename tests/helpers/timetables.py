"""Templates, slots and deviations of a doctor whose other clinics have been put away."""

from datetime import date

from booking.schedules import store as slot_store
from booking.schedules.model import Slot
from booking.timetables import service as timetables
from booking.timetables.model import DeviationForm, Template, TemplateForm
from tests.helpers.outpatient import Outpatient
from wx_backend.base.context import Actor, Ctx
from wx_backend.entrypoints.demo import staff, world
from wx_backend.identity.worklist import service as worklist

OFFICE = Actor("staff", staff.BY_KEY["tao-hui"].id, frozenset({"outpatient_office"}))
DOCTOR = world.PRACTICES[3].doctor()
COLLEAGUE = world.PRACTICES[0].doctor()
MINE = (
    *("templates", "deviations", "calendar", "schedules", "extra_numbers", "tasks"),
    "makings",
)


async def cleared(clinic: Outpatient) -> None:
    """A new day without any timetable."""
    await clinic.fresh()
    database = clinic.house.db.raw("slots").database
    for name in (*MINE, "slots"):
        await database[name].delete_many({})


def form(on: date, **more) -> TemplateForm:
    """A morning of two slots with four numbers each."""
    usual = {
        "doctor_id": DOCTOR.id,
        "weekday": on.weekday(),
        "session": "AM",
        "begins": "08:00",
        "ends": "09:00",
        "room": "308 诊室",
        "clinic_type": "expert",
        "slot_minutes": 30,
        "capacity": 4,
        "effective_from": on.isoformat(),
        "holidays": True,
    }
    return TemplateForm(**{**usual, **more})


async def slots_on(ctx: Ctx, day: date) -> list[Slot]:
    found = await slot_store.from_date(ctx, day.isoformat())
    mine = [one for one in found if one.visit_date == day.isoformat()]
    return sorted(mine, key=lambda one: one.starts_at)


async def opened(clinic: Outpatient, ctx: Ctx, day: date, **more) -> tuple[Template, list[Slot]]:
    """A template and its slots, in the view."""
    template = await timetables.add_template(ctx, form(day, **more))
    await timetables.generate(ctx, day, day)
    await clinic.hospital.catch_up()
    return template, await slots_on(ctx, day)


async def everything(ctx: Ctx) -> list[list[dict]]:
    database = ctx.house.db.raw("slots").database
    return [await database[name].find({}, {"outbox": 0}).sort("_id").to_list(None)
            for name in (*MINE, "slots")]  # fmt: skip


def deviation(action: str, **more) -> DeviationForm:
    return DeviationForm(action=action, reason="医生外出开会", **more)


async def tasks(ctx: Ctx, kind: str) -> list[str]:
    return [one.about for one in (await worklist.mine(ctx, limit=50))[0] if one.kind == kind]


async def audited(clinic: Outpatient, action: str) -> list[dict]:
    """What the relay wrote down of an event."""
    await clinic.work()
    month = f"audit_{clinic.house.wire.now():%Y%m}"
    return await clinic.house.db.raw(month).find({"action": action}).to_list(None)
