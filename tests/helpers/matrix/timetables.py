"""Requests about the timetable, each with a template or a session of its own behind it."""

from datetime import timedelta
from itertools import count

from booking.timetables import service as timetables
from booking.timetables import store
from booking.timetables.model import Template, TemplateForm
from tests.helpers.matrix.cases import Case
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.base import ids
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments.model import Doctor
from wx_backend.entrypoints.demo import world

_doctors = count(1)


def _fields(stage: Stage, doctor: str, days: int = 20) -> dict:
    day = stage.ctx.today() + timedelta(days=days)
    return {
        "doctor_id": doctor,
        "weekday": day.weekday(),
        "session": "AM",
        "begins": "08:00",
        "ends": "09:00",
        "room": "999 诊室",
        "clinic_type": "ordinary",
        "slot_minutes": 30,
        "capacity": 4,
        "effective_from": day.isoformat(),
        "holidays": True,
    }


async def _doctor(stage: Stage) -> str:
    """Somebody new who sees no patients yet."""
    unit = world.DEPARTMENTS["ent"]
    one = Doctor(
        id=ids.new("doc"),
        inst=unit.inst,
        department_id=unit.id,
        name=f"新医生{next(_doctors)}",
        title="主治医师",
        specialty="鼻炎",
        rank=99,
    )
    await departments.register(stage.ctx, [], [one])
    return one.id


async def _template(stage: Stage) -> Template:
    form = TemplateForm(**_fields(stage, await _doctor(stage)))
    return await timetables.add_template(stage.admin, form)


def template(path: str, sends: bool = False) -> Case:
    async def make(stage: Stage, caller: Caller) -> Ask:
        made = await _template(stage)
        later = {**_fields(stage, made.doctor_id), "version": "1", "capacity": "5"}
        fields = {**later, "holidays": "true"} if sends else None
        return Ask(path.format(made.line), fields=fields, objects=(made.line,))

    return Case(make, of="institution")


async def new_template(stage: Stage, caller: Caller) -> Ask:
    fields = {**_fields(stage, await _doctor(stage)), "holidays": "true"}
    return Ask("/console/templates/new", fields=fields)


async def decide_day(stage: Stage, caller: Caller) -> Ask:
    day = stage.ctx.today() + timedelta(days=100 + next(_doctors))
    fields = {"date": day.isoformat(), "kind": "ORDINARY", "weekday": "1"}
    return Ask("/console/templates/day", fields=fields)


async def generate(stage: Stage, caller: Caller) -> Ask:
    made = await _template(stage)
    return Ask(
        "/console/templates/generate", fields={"line": made.line, "until": made.effective_from}
    )


def making(path: str, sends: bool = False) -> Case:
    """One that waits for a worker; whatever waited before is over."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        if waiting := await store.open_making(stage.ctx):
            await timetables.cancel_making(stage.admin, waiting.id)
        one = await timetables.ask_making(stage.admin, stage.ctx.today())
        return Ask(path.format(one.id), fields={} if sends else None, objects=(one.id,))

    return Case(make, of="institution")


def session(path: str, **fields: str) -> Case:
    """An act upon a session whose numbers have been made."""

    async def make(stage: Stage, caller: Caller) -> Ask:
        made = await _template(stage)
        day = stage.ctx.today() + timedelta(days=20)
        await timetables.generate(stage.admin, day, day, made.line)
        [one] = [s for s in await timetables.schedules(stage.ctx, day, day) if s.line == made.line]
        return Ask(path.format(one.id), fields=fields or None, objects=(one.id,))

    return Case(make, of="institution")


async def extra(stage: Stage, caller: Caller) -> Ask:
    """For the first slot of a new session, and somebody who has been here."""
    ask = await session("/console/schedules/{}/extra").make(stage, caller)
    made = await stage.house.db.raw("slots").find_one({"schedule": ask.objects[0]})
    patient = await stage.house.db.raw("patients").find_one({"inst": stage.ctx.institution})
    card = stage.house.vault.open(patient["id_no"], f"patients.id_no:{patient['_id']}")
    fields = {"slot": made["_id"], "id_no": card, "reason": "外地复诊"}
    return Ask(ask.path, fields=fields, objects=ask.objects)
