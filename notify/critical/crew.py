"""Where a patient is now, and who answers for that place: the rosters and the directory asked."""

import asyncio
from collections.abc import Iterable

from notify.critical import access
from notify.critical.areas import Area, area_of
from notify.critical.ladder import OFFICES, Crew, Person, limit_names, limits_of
from notify.critical.model import Alert, Limits, Orderer
from notify.critical.moves import Place
from wx_backend.base.context import Ctx
from wx_backend.directory.departments import service as departments
from wx_backend.directory.settings import service as parameters
from wx_backend.identity.rosters import service as rosters
from wx_backend.identity.rosters.model import HOSPITAL
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff.model import Member, permits
from wx_backend.records.encounters import service as encounters

DUTIES = ("duty_doctor", "duty_nurse", "head_nurse", "director", *OFFICES)
BY_ROLE = (*OFFICES, "outpatient_office")
"""Seats that everybody with the role fills while nobody has the duty."""
NO_ROLE = "no_role"
"""Why somebody on duty is gone past: their roles do not let them receive."""


async def locate(
    ctx: Ctx, chart: str, visit_no: str, ward: str, department: str, said: str = ""
) -> Place:
    """Where the patient is, as the HIS knows; without an encounter, where the message said, whose
    own word of the class of encounter is ``said``.

    Three or four calls.
    """
    stay = await (
        encounters.current(ctx, chart, visit_no) if chart else encounters.encounter(ctx, visit_no)
    )
    if stay and (stay.place.ward or stay.place.department):
        ward, department, bed = stay.place.ward, stay.place.department, stay.place.bed
    else:
        bed = ""
    kind, state = (stay.facts.kind or said, stay.state) if stay else (said, "")
    chain = await rosters.chain(ctx, ward, await _department_id(ctx, department))
    called = {one.code: one.name for one in await departments.wards(ctx)}.get(ward, ward)
    return Place(
        encounter=stay.id if stay else "",
        area=area_of(kind, state, f"{called} {department}"),
        ward=ward,
        ward_name=called,
        bed=bed,
        department=department,
        places=tuple(one for one in chain if one != HOSPITAL),
        attending=Orderer(stay.attending.code, stay.attending.name) if stay else Orderer(),
    )


async def crew(ctx: Ctx, places: Iterable[str], orderer: Orderer, attending: Orderer) -> Crew:
    """Who fills which seat at this moment. Six calls, side by side."""
    on_duty, ordered, attends, offices = await asyncio.gather(
        rosters.everybody(ctx, [*places, HOSPITAL]),
        staff.by_number(ctx, orderer.code),
        staff.by_number(ctx, attending.code),
        staff.with_roles(ctx, BY_ROLE),
    )
    known = await staff.members(ctx, {one for duty in on_duty.values() for one in duty.members})
    seats: dict[str, tuple[Person, ...]] = {}
    gaps: dict[str, str] = {}
    for duty in DUTIES:
        there = [known[one] for one in on_duty[duty].members if one in known]
        seats[duty] = tuple(person(one) for one in there if may_receive(one))
        if there and not seats[duty]:
            gaps[duty] = NO_ROLE
    for role in BY_ROLE:
        if not seats.get(role):
            seats[role] = tuple(person(one) for one in offices if role in one.roles)
    for seat, code, found in (
        ("orderer", orderer.code, ordered),
        ("attending", attending.code, attends),
    ):
        if found and found.active and may_receive(found):
            seats[seat] = (person(found),)
        elif found and found.active:
            gaps[seat] = NO_ROLE
        elif code or seat == "orderer":
            gaps[seat] = "left" if found else "unknown"
    return Crew(seats=seats, gaps=gaps)


async def limits(ctx: Ctx, area: Area, severity: str, department: str) -> Limits:
    """The minutes in force here; the area is the parameters' clinic type. From memory."""
    scope = {"department": await _department_id(ctx, department), "clinic_type": area}
    names = limit_names(area, severity)
    return limits_of(
        {key: int(await parameters.resolve(ctx, name, **scope)) for key, name in names.items()}
    )


async def tries(ctx: Ctx, alert: Alert) -> int:
    """How many wrong read-backs one person has; from memory."""
    department = await _department_id(ctx, alert.department)
    scope = {"department": department, "clinic_type": alert.area}
    return int(await parameters.resolve(ctx, "critical.misreads", **scope))


async def _department_id(ctx: Ctx, name: str) -> str:
    """Ours, for what the HIS calls it; empty when we do not know it."""
    known = await departments.departments(ctx) if name else []
    return next((one.id for one in known if name in (one.name, one.id)), "")


def may_receive(member: Member) -> bool:
    """A card alone helps nobody: who is told must be able to open the alert."""
    return permits(member.roles, access.RECEIVE)


def person(member: Member) -> Person:
    """A member as somebody in a seat."""
    return Person(member.id, member.name, reachable=bool(member.wecom))
