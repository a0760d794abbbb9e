"""What the figures are measured on: 20 departments × 14 days × 6 doctors × 24 slots, and patients.

Slots are published by the service; accounts, patients and bindings are written in bulk, shaped as
their stores shape them.
"""

import itertools
import random
from datetime import date, datetime, time, timedelta

import msgspec

from booking.schedules import service as schedules
from booking.schedules import store as slots
from booking.schedules.model import Clinic
from wx_backend.base import ids, masking
from wx_backend.base.context import Actor, Ctx, House
from wx_backend.base.handler import SESSION, signed
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments.model import Department, Doctor
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints.demo.world import HOSPITAL, RIVERSIDE
from wx_backend.entrypoints.sandbox import people as wechat_users
from wx_backend.identity.accounts import sessions
from wx_backend.identity.accounts import store as accounts
from wx_backend.identity.accounts.model import PREFIX, Account, OpenId, openid_key
from wx_backend.identity.patients import store as patients
from wx_backend.identity.patients.model import CONSENT, Binding, Consent, binding_id

DEPARTMENTS, DAYS, DOCTORS = 20, 14, 6
SLOTS = 24
"""Slots of a doctor's day: a quarter of an hour each, 08:00-11:00 and 14:00-17:00."""

CAPACITY = 4
FEE_FEN = 5000
WINDOW_DAYS = 30
BORN = date(1990, 5, 6)
BATCH = 2000


class Client(msgspec.Struct, frozen=True):
    """A signed-in account and the patient it acts for."""

    token: str
    account: str
    patient: str


class World:
    """What was built, as far as a figure has to know it."""

    def __init__(self, days: list[str], published: list[str]):
        self.days = days
        random.Random(7).shuffle(published)
        self._slots = iter(published)

    def slots(self, count: int) -> list[str]:
        """Slots that nobody was given before, spread over all department-days."""
        taken = list(itertools.islice(self._slots, count))
        assert len(taken) == count, "no more untouched slots"
        return taken


def department_id(n: int) -> str:
    return ids.derive("dep", "bench", n)


def dates(first: date) -> list[str]:
    """The day after tomorrow and those that follow: tomorrow's numbers close in the evening."""
    return [(first + timedelta(days=n + 2)).isoformat() for n in range(DAYS)]


async def open_window(ctx: Ctx) -> None:
    """A booking window long enough for all the days; proposed and approved by two people."""
    proposer, approver = (ctx.acting_as(Actor("staff", f"bench-{n}")) for n in "ab")
    draft = await parameters.propose(proposer, "booking.window_days", WINDOW_DAYS, "hospital")
    await parameters.approve(approver, draft.id)


async def build(house: House, fee_fen: int = FEE_FEN, capacity: int = CAPACITY) -> World:
    """Departments, doctors and published clinics."""
    ctx = house.ctx(HOSPITAL.id)
    await open_window(ctx)
    units = [department(n) for n in range(DEPARTMENTS)]
    staff = [doctor(unit, n) for unit in units for n in range(DOCTORS)]
    await departments.register(ctx, units, staff)
    by_id = {unit.id: unit for unit in units}
    days = dates(ctx.today())
    clinics = [
        clinic(by_id[one.department_id], one, day, session, fee_fen, capacity)
        for day in days
        for one in staff
        for session in ("AM", "PM")
    ]
    await schedules.publish(ctx, clinics)
    published = await ctx.db(slots.SLOTS).find(
        {"department_id": {"$in": list(by_id)}}, only=["_id"]
    )
    return World(days, [slot["_id"] for slot in published])


def department(n: int) -> Department:
    return Department(
        id=department_id(n),
        inst=HOSPITAL.id,
        campus_id=RIVERSIDE.id,
        campus=RIVERSIDE.name,
        name=f"测量科{n + 1}",
        group="内科",
        hint="测量用",
        icon="heartbeat",
        location=f"门诊楼 {n % 6 + 1} 层",
        rank=100 + n,
    )


def doctor(unit: Department, n: int) -> Doctor:
    return Doctor(
        id=ids.derive("doc", "bench", unit.id, n),
        inst=unit.inst,
        department_id=unit.id,
        name=f"测量医生{n + 1}",
        title="主治医师",
        specialty="测量用",
        rank=n,
    )


def clinic(
    unit: Department, one: Doctor, day: str, session: str, fee_fen: int, capacity: int
) -> Clinic:
    """Three hours in slots of a quarter of an hour."""
    begins = time(8) if session == "AM" else time(14)
    return Clinic(
        department_id=unit.id,
        department=unit.name,
        doctor_id=one.id,
        doctor=one.name,
        title=one.title,
        campus_id=unit.campus_id,
        location=f"{unit.location} {one.rank + 301} 诊室",
        visit_date=date.fromisoformat(day),
        session=session,
        begins=begins,
        ends=begins.replace(hour=begins.hour + 3),
        slot_minutes=15,
        capacity=capacity,
        fee_fen=fee_fen,
        clinic_type="ordinary",
    )


_numbers = itertools.count()
"""Of the sandbox's crowd: nobody is used twice in a run."""


async def clients(house: House, count: int) -> list[Client]:
    """So many new accounts, each with a patient of its own, signed in at the hospital; the
    sandbox knows their phones."""
    ctx = house.ctx(HOSPITAL.id)
    channel = await institutions.channel_for(ctx, "wechat")
    made = []
    for start in range(0, count, BATCH):
        some = itertools.islice(_numbers, min(BATCH, count - start))
        rows = [_rows(ctx, channel.appid, f"crowd-{n}") for n in some]
        stored = (accounts.ACCOUNTS, patients.PATIENTS, patients.BINDINGS)
        for collection, docs in zip(stored, zip(*rows, strict=True), strict=True):
            await ctx.db(collection).insert_many(list(docs))
        made += [(account["_id"], patient["_id"]) for account, patient, _ in rows]
    return [
        Client(
            signed(house, SESSION, sessions.issue(account, channel.id, HOSPITAL.id, 1)),
            account,
            patient,
        )
        for account, patient in made
    ]


def _rows(ctx: Ctx, appid: str, name: str) -> tuple[dict, dict, dict]:
    """Documents of an account, its patient and the binding, as their stores write them."""
    vault, now = ctx.house.vault, ctx.now()
    openid = wechat_users.by_key(name).openid
    identity = OpenId(platform="wechat", appid=appid, openid=openid, since=now)
    account = Account(
        id=ids.new(PREFIX),
        identities=(identity,),
        keys=(openid_key(appid, identity.openid),),
        created_at=now,
    )
    key = ids.new("pat")
    patient = patients.Patient(
        id=key,
        inst=HOSPITAL.id,
        id_blind=tuple(vault.blind(name, "patients.id_no")),
        name=vault.seal("测量者", f"patients.name:{key}"),
        id_no=vault.seal(name, f"patients.id_no:{key}"),
        birth_date=BORN,
        sex="F",
        created_at=now,
    )
    purpose, version = CONSENT
    binding = Binding(
        id=binding_id(account.id, key),
        inst=HOSPITAL.id,
        account=account.id,
        patient_id=key,
        relation="SELF",
        level="BOOKING",
        state="ACTIVE",
        display=masking.mask_name("测量者"),
        masked_id_no=masking.mask_id_no("990101199005060007"),
        birth_date=BORN,
        sex="F",
        consents=(Consent(purpose=purpose, version=version, at=now, channel="bench"),),
        added_at=now,
        version=1,
        ordinal=0,
        add_slot=0,
    )
    phone = vault.seal("13800138000", f"bindings.phone:{binding.id}")
    return (
        msgspec.to_builtins(account, builtin_types=(datetime,)),
        patients.plain(patient),
        {**patients.plain(binding), "phone": phone, "own": True, "outbox": []},
    )
