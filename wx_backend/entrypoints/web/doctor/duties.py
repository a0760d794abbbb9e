"""Who is on duty now, place by place; those of the signed-in member first."""

import msgspec

from wx_backend.base.context import Ctx
from wx_backend.directory.departments import service as departments
from wx_backend.identity.rosters import service as rosters
from wx_backend.identity.rosters.model import (
    DUTIES,
    HOSPITAL,
    Duty,
    department_place,
    ward_place,
)
from wx_backend.identity.staff import service as members
from wx_backend.identity.staff.model import Member


class OnNow(msgspec.Struct, frozen=True):
    """One duty: what it is called, who has it and until when."""

    name: str
    member: Member
    duty: Duty


class Roster(msgspec.Struct, frozen=True):
    """A place that has somebody on duty now, or is the member's own and has nobody."""

    name: str
    mine: bool
    on: tuple[OnNow, ...]


async def running(ctx: Ctx) -> list[Roster]:
    """Four calls at most: names of places come from memory."""
    names = await rosters.places(ctx)
    found = await rosters.running(ctx, list(names))
    wanted = {one.member for one in found} | {ctx.actor.id}
    known = await members.members(ctx, wanted)
    own = await _own_places(ctx, known.get(ctx.actor.id))
    own |= {one.place for one in found if one.member == ctx.actor.id}
    places = [*(place for place in names if place in own), *(p for p in names if p not in own)]
    listed = [Roster(names[place], place in own, _on(found, place, known)) for place in places]
    return [one for one in listed if one.on or one.mine]


def _on(found: list[Duty], place: str, known: dict[str, Member]) -> tuple[OnNow, ...]:
    """In the order in which duties are called; whoever has left is on duty nowhere."""
    here = [one for one in found if one.place == place]
    return tuple(
        OnNow(DUTIES[duty], known[one.member], one)
        for duty in DUTIES
        for one in here
        if one.duty == duty and one.member in known and known[one.member].active
    )


async def _own_places(ctx: Ctx, me: Member | None) -> set[str]:
    """The wards and the department of a member; offices belong to the whole hospital."""
    if me is None or not me.department_id:
        return {HOSPITAL}
    wards = [one for one in await departments.wards(ctx) if one.department_id == me.department_id]
    return {department_place(me.department_id), *(ward_place(one.code) for one in wards)}
