"""Wards with everybody on duty, for figures and drills: as many as are wanted, whom the sandbox's
WeCom knows as ``staff-0``, ``staff-1`` …
"""

import itertools
from datetime import timedelta
from typing import NamedTuple

from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments.model import Ward
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.demo.hl7 import Inpatient
from wx_backend.identity.rosters import service as rosters
from wx_backend.identity.rosters.model import Duty, ward_place
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff.model import Member

SEATS = {
    "duty_doctor": ("医生", ("doctor",)),
    "duty_nurse": ("护士", ("nurse", "duty_nurse")),
    "head_nurse": ("护士长", ("nurse", "head_nurse")),
    "director": ("主任", ("doctor", "department_director")),
}
"""Each duty of a ward: title, and roles of who has it."""

LONG = timedelta(days=15)
BEDS = 40


class Team(NamedTuple):
    """A ward by the code its HIS knows it by, and who is on duty there, by duty."""

    ward: str
    people: dict[str, Member]

    def patient(self, n: int) -> Inpatient:
        """The ``n``-th of the ward, ordered for and attended by its doctor."""
        doctor = self.people["duty_doctor"]
        name = f"{self.ward}-{n}"
        return Inpatient(
            mrn=f"M{name}",
            name=f"周{'甲乙丙丁戊己庚辛'[n % 8]}某",
            visit=f"V{name}",
            ward=self.ward,
            bed=str(n % BEDS + 1),
            doctor=(doctor.number, doctor.name),
        )


async def staffed(ctx: Ctx, count: int) -> list[Team]:
    """``count`` wards of the demo hospital's cardiology, with their own people around the clock."""
    numbers = itertools.count()
    teams = [
        Team(f"WB{n:02}", {duty: _member(ctx, duty, next(numbers)) for duty in SEATS})
        for n in range(count)
    ]
    unit = world.DEPARTMENTS["cardiology"].id
    wards = [
        Ward(
            id=ids.derive("ward", "helper", team.ward),
            inst=ctx.institution or "",
            code=team.ward,
            name=f"{team.ward} 病区",
            department_id=unit,
            rank=100 + n,
        )
        for n, team in enumerate(teams)
    ]
    await departments.register(ctx, [], [], wards)
    await staff.register(ctx, [one for team in teams for one in team.people.values()])
    duties = [
        _duty(ctx, team.ward, duty, one) for team in teams for duty, one in team.people.items()
    ]
    await rosters.register(ctx, duties)
    return teams


def _member(ctx: Ctx, duty: str, number: int) -> Member:
    title, roles = SEATS[duty]
    return Member(
        id=ids.derive("stf", "helper", number),
        inst=ctx.institution or "",
        number=f"B{number:04}",
        name=f"{title}{number}",
        title=title,
        roles=roles,
        wecom=f"staff-{number}",
        created_at=ctx.now(),
    )


def _duty(ctx: Ctx, ward: str, duty: str, one: Member) -> Duty:
    now = ctx.now()
    return Duty(
        id=ids.derive("duty", "helper", ward, duty, one.id),
        inst=ctx.institution or "",
        place=ward_place(ward),
        duty=duty,
        member=one.id,
        starts_at=now - LONG,
        ends_at=now + LONG,
    )
