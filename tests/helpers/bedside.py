"""Patients in beds, their critical results, and staff who read the pages on WeCom's phone."""

from datetime import timedelta
from itertools import count
from urllib.parse import urlsplit

from notify.critical import store
from notify.critical.model import Alert
from tests.helpers.hospital import Hospital
from tests.helpers.visitor import Page, Visitor
from wx_backend.base.clock import HOSPITAL_ZONE, local_time
from wx_backend.base.context import Actor, Ctx
from wx_backend.entrypoints.demo import callbacks, hl7, staff
from wx_backend.entrypoints.demo.hl7 import Inpatient
from wx_backend.entrypoints.interfaces.routes import ROUTES
from wx_backend.gateways.hl7.message import parse
from wx_backend.identity.staff.model import bedside

WECOM = "Mozilla/5.0 wxwork/4.1.22 MicroMessenger/7.0.1"
LAB = Actor("platform", "hl7:LIS|JQ")
_numbers = count(1)


def acting(hospital: Hospital, key: str) -> Ctx:
    """One of the demo's staff, as signed in through WeCom."""
    person = staff.BY_KEY[key]
    return hospital.ctx().acting_as(Actor("staff", person.id, bedside(person.roles)))


def inpatient(ward: str = "W03", doctor: str = "lin-xueqin") -> Inpatient:
    """Somebody new in a bed of the ward, whom ``doctor`` attends."""
    n, one = next(_numbers), staff.BY_KEY[doctor]
    return Inpatient(
        mrn=f"MB{n}",
        name="欧阳建国",
        visit=f"VB{n:04}",
        ward=ward,
        bed=str(n % 40 + 1),
        doctor=(one.number, one.name),
    )


async def hears(hospital: Hospital, text: str) -> None:
    """What the interface gateway does with a message, at once."""
    message = parse(text)
    await ROUTES[message.kind](hospital.ctx().acting_as(LAB), message)


async def alerted(hospital: Hospital, one: Inpatient | None = None, kind: str = "I") -> Alert:
    """A critical potassium of 2.5 of somebody in a bed (``kind`` of PV1-2): the alert, everybody
    told of it.
    """
    n, one = next(_numbers), one or inpatient()
    report = hl7.report(f"R{n}", one, f"S{n:05}", critical=True)
    for text in (hl7.admission(f"A{n}", one), report):
        await hears(hospital, text.replace("PV1|1|I|", f"PV1|1|{kind}|"))
    await hospital.crank()
    [found] = [a for a in await store.open_ones(hospital.ctx()) if a.visit_no == one.visit]
    return found


async def earlier(hospital: Hospital, one: Inpatient, days: int, potassium: str) -> None:
    """A report of some days ago, by the laboratory's clock, with an ordinary potassium."""
    text = hl7.report(f"R{next(_numbers)}", one, f"E{one.visit}{days}")
    then = local_time(hospital.house.wire.now() - timedelta(days=days), HOSPITAL_ZONE)
    text = text.replace(text.split("|")[6], f"{then:%Y%m%d%H%M%S}")
    await hears(hospital, text.replace("|4.1|", f"|{potassium}|"))


class Clinician(Visitor):
    """A member in WeCom's own browser: ``await Clinician(hospital).enter("zhao-ting")``."""

    def __init__(self, hospital: Hospital, agent: str = WECOM):
        super().__init__(hospital.url, agent)

    async def enter(self, key: str, path: str = "/doctor/") -> Page:
        """Opens a page, is led through WeCom's sign-in as ``key``, and lands on it."""
        begun = await self.get(path)
        assert begun.location.startswith("/signin/wecom"), begun.text
        consent = (await self.get(begun.location)).location.split("#")[0]
        back = urlsplit((await self.get(f"{consent}&as={key}")).location)
        landed = await self.get(back._replace(scheme="", netloc="").geturl())
        return await self.follow(landed)

    async def act(self, path: str, act: str, **fields: str) -> Page:
        """Fills in one form of a page and sends it; the answer, redirects not followed."""
        page = await self.get(path)
        assert page.status == 200, page.text
        return await self.submit(page.form(f"{path}/{act}"), **fields)


async def listening(hospital: Hospital) -> None:
    """The platforms know our callback addresses, as an administrator has entered them."""
    for console, address in (await callbacks.addresses(hospital.house)).items():
        await hospital.control(console, url=address)
