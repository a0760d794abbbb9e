"""Whom a nurse may name as told: doctors on duty for the alert, then those the HIS names."""

import msgspec

from notify.critical.model import Alert
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid
from wx_backend.identity.rosters import service as rosters
from wx_backend.identity.staff import service as members
from wx_backend.identity.staff.model import Member, permits

ACTS = "critical:handle"


class Offered(msgspec.Struct, frozen=True):
    """``why`` says how this physician comes to be offered."""

    member: Member
    why: str


async def of(ctx: Ctx, alert: Alert) -> list[Offered]:
    """Each once, nearest first; five calls at most."""
    duty = await rosters.who(ctx, "duty_doctor", alert.places)
    known = await members.members(ctx, duty.members)
    found = [(known[key], "值班医生") for key in duty.members if key in known]
    for why, named in (("主管医生", alert.attending), ("开单医生", alert.orderer)):
        member = await members.by_number(ctx, named.code)
        found += [(member, why)] if member else []
    offered: dict[str, Offered] = {}
    for member, why in found:
        if member.active and permits(member.roles, ACTS):
            offered.setdefault(member.id, Offered(member, why))
    return list(offered.values())


async def numbered(ctx: Ctx, number: str) -> str:
    """The member id behind a staff number.

    Raises:
        Invalid: nobody here has it.
    """
    member = await members.by_number(ctx, number.strip())
    if member is None:
        raise Invalid(fields={"number": "没有这个工号，请核对"})
    return member.id
