"""A ward with everybody on duty, a laboratory that reports, and alerts that follow.

Every reaction hears every event twice, as it may after a crash.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

from notify.critical import events, reactions, service, store
from notify.critical.model import Alert, ReadBack
from notify.relay.service import Relay
from notify.relay.store import DELIVERIES
from tests.helpers.houses import bare_house
from wx_backend.base.collection import Collection
from wx_backend.base.context import Actor, Ctx, House
from wx_backend.base.events import Event, load
from wx_backend.base.live import service as live
from wx_backend.base.live import store as frames
from wx_backend.base.sweeper import crank
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments import store as units
from wx_backend.directory.departments.model import Department, Ward
from wx_backend.directory.institutions import store as institutions
from wx_backend.directory.settings import store as parameters
from wx_backend.gateways.his.port import Change, Movement, Person, Place, Stay
from wx_backend.gateways.his.port import Clinician as HisClinician
from wx_backend.gateways.lis.port import LabReport, Result
from wx_backend.identity.rosters import service as rosters
from wx_backend.identity.rosters import store as duties
from wx_backend.identity.rosters.model import HOSPITAL, Duty, department_place, ward_place
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff import store as members
from wx_backend.identity.staff.model import Member
from wx_backend.identity.worklist import store as tasks
from wx_backend.records.encounters import events as movements
from wx_backend.records.encounters import service as encounters
from wx_backend.records.encounters import store as charts
from wx_backend.records.reports import events as findings
from wx_backend.records.reports import service as reports
from wx_backend.records.reports import store as filed

INST = "ins1"
WARD, OTHER = "心内科病区", "重症医学科"
UNIT = "dep1"
BORN = date(1980, 5, 6)
STORES = (units, institutions, parameters, duties, members, tasks, charts, filed, store, frames)
SOURCES = (charts.CHARTS, charts.ENCOUNTERS, filed.REPORTS, store.ALERTS)
KINDS = (*events.events, *movements.events, *findings.events)

PEOPLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "zhou": ("D01", ("doctor",)),
    "li": ("D02", ("doctor",)),
    "icu": ("D03", ("doctor",)),
    "zhao": ("N01", ("nurse", "duty_nurse")),
    "wang": ("N02", ("nurse", "duty_nurse")),
    "sun": ("N03", ("nurse", "head_nurse")),
    "tang": ("D04", ("doctor", "department_director")),
    "ma": ("M01", ("medical_affairs",)),
    "liang": ("Q01", ("quality_office",)),
    "tao": ("O01", ("outpatient_office",)),
    "lab": ("J01", ("laboratory",)),
}
"""Staff number and roles; D01 has ordered and attends."""

ON_DUTY = (
    ("duty_doctor", ward_place(WARD), "li"),
    ("duty_nurse", ward_place(WARD), "zhao"),
    ("head_nurse", ward_place(WARD), "sun"),
    ("director", department_place(UNIT), "tang"),
    ("duty_doctor", ward_place(OTHER), "icu"),
    ("duty_nurse", ward_place(OTHER), "wang"),
    ("medical_affairs", HOSPITAL, "ma"),
    ("quality_office", HOSPITAL, "liang"),
)


class Again:
    """A reaction that hears its events once more, under a name of its own."""

    def __init__(self, reaction):
        self._reaction = reaction
        self.__module__, self.__name__ = reaction.__module__, f"{reaction.__name__}_again"

    async def __call__(self, ctx, event) -> None:
        await self._reaction(ctx, event)


class Bedside:
    """``ctx`` is the hospital's own; ``sent`` numbers what the laboratory and the HIS have sent."""

    def __init__(self, house: House):
        self.house, self.ctx = house, house.ctx(INST)
        heard = {
            name: [*listed, *map(Again, listed)] for name, listed in reactions.reactions.items()
        }
        relay = Relay(SOURCES, KINDS, heard)
        carried = [one for one in relay.sweeps() if {"collect", "deliver"} & {*one.name.split()}]
        self.sweeps = [*carried, *service.sweeps]
        self.sent = 0

    # --- the hospital ---------------------------------------------------------------------------

    async def furnish(self) -> None:
        unit = Department(
            id=UNIT, inst=INST, campus_id="c1", campus="本部", name="心内科", group="内科",
            hint="", icon="", location="",
        )  # fmt: skip
        wards = [
            Ward(id=f"w{n}", inst=INST, code=code, name=code, department_id=UNIT if n == 0 else "")
            for n, code in enumerate((WARD, OTHER))
        ]
        await departments.register(self.ctx, [unit], [], wards)
        await self.ctx.db(institutions.INSTITUTIONS).put(
            INST, {"code": "h1", "name": "医院", "level": "三级", "phone": "", "hosts": []}
        )
        await staff.register(self.ctx, [self.member(key) for key in PEOPLE])
        await rosters.register(self.ctx, [self.duty(*row) for row in ON_DUTY])

    def member(self, key: str, **more) -> Member:
        number, roles = PEOPLE[key]
        told = {"wecom": key, **more}
        return Member(
            id=key, inst=INST, number=number, name=f"员工{key}", roles=roles,
            created_at=self.ctx.now(), **told,
        )  # fmt: skip

    def duty(self, duty: str, place: str, member: str) -> Duty:
        day = timedelta(days=3)
        return Duty(
            id=f"{duty}-{place}-{member}", inst=INST, place=place, duty=duty, member=member,
            starts_at=self.ctx.now() - day, ends_at=self.ctx.now() + day,
        )  # fmt: skip

    async def off_duty(self, *names: str) -> None:
        await self.ctx.db(duties.DUTIES).delete_many({"duty": {"$in": list(names)}})

    async def change_member(self, key: str, **fields) -> None:
        await self.ctx.db(members.STAFF).change({"_id": key}, {"$set": fields})

    def acting(self, key: str) -> Ctx:
        return self.house.ctx(INST, Actor("staff", key, frozenset(PEOPLE[key][1])))

    # --- what happens ---------------------------------------------------------------------------

    async def moves(
        self, change: Change = "ADMITTED", ward: str = WARD, kind: str = "I", visit: str = "V1",
        bed: str = "12", attending: str = "D01",
    ) -> None:  # fmt: skip
        self.sent += 1
        at = self.house.wire.now()
        stay = Stay(
            visit_no=visit,
            kind=kind,  # type: ignore[arg-type]
            place=Place(ward=ward, bed=bed, department="心内科" if ward != OTHER else ""),
            attending=HisClinician(attending, "医生"),
        )
        person = Person(mrn="M1", name="王某某", sex="F", birth_date=BORN)
        said = Movement(change=change, stamp=(at, at, f"H{self.sent}"), person=person, stay=stay)
        await encounters.apply(self.ctx, said)

    def says(
        self, value: str = "2.6", *, item: str = "K", status: str = "F", unit: str = "mmol/L",
        flags: tuple[str, ...] = (), filler: str = "S1", orderer: str = "D01", mrn: str = "M1",
        visit: str = "V1", ward: str = "", code: str = "2823-3", more: tuple[Result, ...] = (),
        kind: str = "",
    ) -> LabReport:  # fmt: skip
        """What the laboratory has to say of one result; a later call is a later word."""
        self.sent += 1
        at = self.house.wire.now() + timedelta(milliseconds=self.sent)
        return LabReport(
            source="LIS|JQ",
            control_id=f"C{self.sent}",
            lis_id=filler,
            title="生化",
            status="F",
            resulted_at=at,
            sent_at=at,
            person=Person(
                mrn=mrn, name="王某某" if mrn else "", sex="F", birth_date=BORN
            ),
            items=(
                Result(
                    key=item, code=item, name="钾" if item == "K" else item, kind="NM",
                    value=value, loinc=code, unit=unit, flags=flags, status=status,
                ),
                *more,
            ),
            visit_no=visit,
            kind=kind,  # type: ignore[arg-type]
            place=Place(ward=ward),
            orderer=HisClinician(orderer, "周医生" if orderer else ""),
            specimen="血清",
        )  # fmt: skip

    async def reports(self, *said: str, **more: Any) -> None:
        """The laboratory sends one result, as ``says`` makes it."""
        await self.hears(self.says(*said, **more))

    async def hears(self, *given: LabReport) -> None:
        """What the laboratory says arrives, in this order."""
        for one in given:
            await reports.file(self.ctx, one)

    async def crank(self) -> None:
        await crank(self.house, self.sweeps)

    async def later(self, minutes: float) -> None:
        """The business clock goes on, and what is due is done."""
        self.house.business.offset += timedelta(minutes=minutes)
        await self.crank()

    async def raised(self, **report) -> Alert:
        """A patient in the ward, a critical potassium, and its alert."""
        await self.moves()
        await self.reports(**report)
        await self.crank()
        (alert,) = await self.alerts()
        return alert

    async def received(self, by: str = "zhao", **report) -> Alert:
        alert = await self.raised(**report)
        return await service.receive(
            self.acting(by), alert.id, alert.version, ReadBack(item=alert.item, value=alert.value)
        )

    # --- what came of it ------------------------------------------------------------------------

    async def alerts(self) -> list[Alert]:
        docs = await self.ctx.db(store.ALERTS).find(sort=[("report_version", 1)])
        return [store.alert_of(doc) for doc in docs]

    async def alert(self) -> Alert:
        (only,) = await self.alerts()
        return only

    async def told(self, kind: str = "") -> list[dict]:
        """Events of alerts that were carried to their reactions, each once, oldest first."""
        docs = await self.ctx.db(DELIVERIES).find()
        found = {doc["event"]["id"]: doc["event"] for doc in docs}
        wanted = [one for one in found.values() if one["type"].startswith(f"critical.{kind}")]
        return sorted(wanted, key=lambda one: (one["at"], one["id"]))

    @staticmethod
    def heard(stored: dict) -> Event:
        """A stored event as a reaction hears it."""
        return load(stored, {kind.name: kind for kind in KINDS})

    async def tasks(self, kind: str) -> list[dict]:
        return await self.ctx.db(tasks.TASKS).find({"kind": kind})


@asynccontextmanager
async def bedside(mongo_uri: str) -> AsyncIterator[Bedside]:
    """A furnished hospital on a database of its own."""
    collections = {
        value.name: value
        for module in STORES
        for value in vars(module).values()
        if isinstance(value, Collection)
    }
    async with bare_house(mongo_uri, [*collections.values(), DELIVERIES]) as house:
        live.install(house, service.topics)
        running = Bedside(house)
        await running.furnish()
        yield running
