"""Planning duties, swapping them, and the question everybody asks: who is on duty?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from wx_backend.base import ids
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.events import EventType, happened
from wx_backend.directory.departments import service as departments
from wx_backend.identity.rosters import store
from wx_backend.identity.rosters.events import CANCELLED, PLANNED, SWAPPED
from wx_backend.identity.rosters.model import (
    DUTIES,
    DUTY,
    HOSPITAL,
    Duty,
    DutyForm,
    OnDuty,
    check,
    department_place,
    on_duty,
    ward_place,
)
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff.model import permits

INSTANT = timedelta(milliseconds=1)
RECEIVES = "critical:receive"
"""Every duty is a seat of the escalation ladder: who has it must be able to act."""


async def who(ctx: Ctx, duty: str, places: Sequence[str], at: datetime | None = None) -> OnDuty:
    """Who has ``duty`` now, or ``at`` a moment, at the first of ``places`` where anybody has.

    Two calls, one when nobody is planned. The answer may be "nobody"; it is never an error.
    """
    return (await everybody(ctx, places, at))[duty]


async def everybody(
    ctx: Ctx, places: Sequence[str], at: datetime | None = None
) -> dict[str, OnDuty]:
    """``who`` for every duty there is, at the cost of one."""
    moment = at or ctx.now()
    planned = await store.between(ctx, places, moment, moment + INSTANT)
    known = await staff.members(ctx, {one.member for one in planned}) if planned else {}
    present = frozenset(key for key, member in known.items() if member.active)
    return {duty: on_duty(planned, duty, places, moment, present) for duty in DUTIES}


async def duties_of(ctx: Ctx, member_id: str, at: datetime | None = None) -> list[Duty]:
    """What a member is on duty for now, or ``at`` a moment; one call."""
    return await store.of_member(ctx, member_id, at or ctx.now())


async def running(ctx: Ctx, places: Sequence[str], ahead: timedelta = INSTANT) -> list[Duty]:
    """Every duty that runs now, or begins within ``ahead``, at these places; by start; one call."""
    now = ctx.now()
    return await store.between(ctx, places, now, now + ahead)


async def chain(ctx: Ctx, ward: str = "", department_id: str = "") -> list[str]:
    """The places to ask for a patient, nearest first: ward, its department, the hospital.

    An unknown ward is asked for all the same: its roster may be there before its name is.
    """
    places = [ward_place(ward)] if ward else []
    home = next((one for one in await departments.wards(ctx) if one.code == ward), None)
    nearest = department_id or (home.department_id if home else "")
    return [*places, *([department_place(nearest)] if nearest else []), HOSPITAL]


async def places(ctx: Ctx) -> dict[str, str]:
    """Every place that may have a roster, with its name."""
    wards = {ward_place(one.code): one.name for one in await departments.wards(ctx)}
    units = {department_place(one.id): one.name for one in await departments.departments(ctx)}
    return {HOSPITAL: "全院", **wards, **units}


async def plan(ctx: Ctx, form: DutyForm) -> Duty:
    """Puts somebody on duty.

    Raises:
        Invalid: a field is wrong, or the very same duty is planned already.
        NotFound: no such member here.
    """
    check(form, await places(ctx))
    await _present(ctx, form.member)
    key = ids.new("duty")
    duty = Duty(
        id=key,
        inst=ctx.institution or "",
        place=form.place,
        duty=form.duty,
        member=form.member,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
    )
    if not await store.insert(ctx, duty, _told(ctx, PLANNED, duty, 1)):
        raise Invalid(fields={"starts_at": "这个班次已经排过了"})
    ctx.house.nudge()
    return duty


async def register(ctx: Ctx, duties: list[Duty]) -> int:
    """Takes over duties as another system has planned them; how many are new."""
    return await store.insert_new(ctx, duties)


async def swap(ctx: Ctx, duty_id: str, version: int, member_id: str) -> Duty:
    """Somebody else takes the duty over. Raises NotFound, Invalid, WrongState."""
    await _present(ctx, member_id)
    duty = await _get(ctx, duty_id)
    if duty.member == member_id:
        raise Invalid(fields={"member": "请选择另一位"})
    fields = {"member": member_id, "before": duty.member}
    told = {"member": member_id, "before": duty.member}
    return await _change(ctx, duty, version, "swap", fields, SWAPPED, **told)


async def cancel(ctx: Ctx, duty_id: str, version: int) -> Duty:
    """PLANNED → CANCELLED. Raises NotFound, WrongState."""
    return await _change(ctx, await _get(ctx, duty_id), version, "cancel", {}, CANCELLED)


async def planned(ctx: Ctx, place: str, starts: datetime, ends: datetime) -> list[Duty]:
    """The duties of a place that touch a stretch of time, by start."""
    return await store.between(ctx, [place], starts, ends)


async def _get(ctx: Ctx, duty_id: str) -> Duty:
    found = await store.get(ctx, duty_id)
    if found is None:
        raise NotFound("没有找到这个班次")
    return found


async def _present(ctx: Ctx, member_id: str) -> None:
    member = await staff.member(ctx, member_id)
    if not member.active:
        raise Invalid(fields={"member": "这名员工已离职"})
    if not permits(member.roles, RECEIVES):
        raise Invalid(fields={"member": "这名员工没有可接收危急值的角色，请先授予角色再排班"})


def _told(ctx: Ctx, kind: EventType, duty: Duty, version: int, **more: Any) -> dict:
    facts = {"duty": duty.duty, "place": duty.place, "member": duty.member, **more}
    return happened(ctx, kind, duty.id, version, **facts)


async def _change(
    ctx: Ctx,
    duty: Duty,
    version: int,
    action: str,
    fields: dict[str, Any],
    kind: EventType,
    **told: Any,
) -> Duty:
    state = DUTY.next(duty.state, action)
    if duty.version != version:
        raise WrongState(version=duty.version)
    event = _told(ctx, kind, duty, version + 1, **told)
    try:
        changed = await store.change(ctx, duty, {**fields, "state": state}, event)
    except Duplicate:
        raise Invalid(fields={"member": "这位同事已排在同一班次"}) from None
    if changed is None:
        raise WrongState()
    ctx.house.nudge()
    return changed
