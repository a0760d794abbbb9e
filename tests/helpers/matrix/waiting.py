"""Requests about the waiting list, each with a full clinic of its own."""

from datetime import time, timedelta

from booking.appointments import service as appointments
from booking.appointments.model import Hold
from booking.schedules import service as schedules
from booking.schedules.model import Clinic, Slot
from booking.waiting import service as waiting
from booking.waiting.model import Join
from tests.helpers.matrix.cases import Case
from tests.helpers.matrix.stage import Ask, Caller, Stage
from wx_backend.base import ids
from wx_backend.base.context import Actor, Ctx
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints.demo import world

ROOT, PAGE = "/api/v1/waiting", "/h5/waiting"
ID = r"([a-z0-9]{5,40})"
ALWAYS = {"booking.wait_list_opens": "00:00", "booking.wait_list_closes": "24:00"}


async def _full(stage: Stage) -> tuple[Slot, Ctx, str]:
    """A slot without a fee whose only number somebody else holds; who, and which appointment."""
    for name, value in ALWAYS.items():
        if await parameters.resolve(stage.ctx, name) != value:
            draft = await parameters.propose(stage.admin, name, value, "hospital")
            await parameters.approve(stage.ctx.acting_as(Actor("staff", "other")), draft.id)
    unit, doctor = world.DEPARTMENTS["cardiology"], ids.new("doc")
    on = stage.ctx.today() + timedelta(days=4)
    clinic = Clinic(
        department_id=unit.id, department=unit.name, doctor_id=doctor, doctor="候补医生",
        title="主治医师", campus_id=unit.campus_id, location="门诊楼", visit_date=on, session="AM",
        begins=time(8), ends=time(8, 30), slot_minutes=30, capacity=1, fee_fen=0,
        clinic_type="expert",
    )  # fmt: skip
    await schedules.publish(stage.ctx, [clinic])
    await stage.hospital.catch_up()
    day = schedules.availability(stage.house).day(unit.id, on.isoformat())
    [slot] = [one for one in day if one.doctor_id == doctor]
    holder = await stage.account("who holds it")
    person = await stage.patient(holder)
    them = stage.house.ctx(world.HOSPITAL.id, Actor("account", holder.id), channel="chnmatrix")
    held = await appointments.hold(them, Hold(slot.id, person.patient_id), ids.new("key"))
    return slot, them, held.id


async def _entry(stage: Stage, owner: Caller, offered: bool = False) -> str:
    slot, holder, held = await _full(stage)
    person = await stage.patient(owner)
    them = stage.house.ctx(world.HOSPITAL.id, Actor("account", owner.id), channel="chnmatrix")
    entry = await waiting.join(them, Join(slot.id, person.patient_id), ids.new("key"))
    if offered:
        await appointments.cancel(holder, held)
        for sweep in waiting.sweeps:
            await sweep.run(stage.house.ctx(None))
    return entry.id


def entry(path: str, sends: bool = False, offered: bool = False) -> Case:
    """About an entry of the owner's; ``offered``: a number has come back for it."""

    async def make(stage: Stage, owner: Caller) -> Ask:
        key = await _entry(stage, owner, offered)
        return Ask(path.format(key), fields={} if sends else None, objects=(key,))

    return Case(make, of="account")


def lists(path: str) -> Case:
    async def make(stage: Stage, owner: Caller) -> Ask:
        return Ask(path, objects=(await _entry(stage, owner),))

    return Case(make)


async def join(stage: Stage, owner: Caller) -> Ask:
    slot, _, _ = await _full(stage)
    person = await stage.patient(owner)
    return Ask(ROOT, json={"slot": slot.id, "patient": person.patient_id})


def pages(path: str, offered: bool = False) -> dict[str, Case]:
    """Both methods of a page about an entry."""
    route = path.format(ID)
    return {f"{verb} {route}": entry(path, verb == "POST", offered) for verb in ("GET", "POST")}


async def ask(stage: Stage, owner: Caller) -> Ask:
    slot, _, _ = await _full(stage)
    return Ask(f"{PAGE}/new?slot={slot.id}", objects=(slot.id,))


async def send(stage: Stage, owner: Caller) -> Ask:
    slot, _, _ = await _full(stage)
    person = await stage.patient(owner)
    fields = {"slot": slot.id, "patient": person.patient_id, "scope": "slot", "agreed": "1"}
    return Ask(f"{PAGE}/new", fields=fields)


PAGES = {
    f"GET {PAGE}": lists(PAGE),
    f"GET {PAGE}/new": Case(ask, of="institution"),
    f"POST {PAGE}/new": Case(send, of="account"),
    f"GET {PAGE}/{ID}": entry(f"{PAGE}/{{}}"),
    **pages(f"{PAGE}/{{}}/leave"),
    **pages(f"{PAGE}/{{}}/accept", offered=True),
}
API = {
    f"GET {ROOT}": lists(ROOT),
    f"POST {ROOT}": Case(join, of="account"),
    rf"GET {ROOT}/([a-z0-9]+)": entry(f"{ROOT}/{{}}"),
    rf"POST {ROOT}/([a-z0-9]+)/leave": entry(f"{ROOT}/{{}}/leave"),
    rf"POST {ROOT}/([a-z0-9]+)/accept": entry(f"{ROOT}/{{}}/accept", offered=True),
}
