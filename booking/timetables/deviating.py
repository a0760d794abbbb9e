"""One date that is unlike its template, and dates that a person has decided."""

from datetime import date

from booking.timetables import generation, lines, store
from booking.timetables.events import DAY_DECIDED, DEVIATION_MADE
from booking.timetables.model import (
    DEVIATION,
    CalendarDay,
    Deviation,
    DeviationForm,
    Template,
    TimesOverlap,
    deviation_id,
)
from booking.timetables.rules import check_choice, check_date, check_times, in_force, overlap
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.events import happened
from wx_backend.directory.departments import service as departments


async def deviate(ctx: Ctx, line: str, on: str, version: int, form: DeviationForm) -> None:
    """See ``service.deviate``; the slots follow."""
    day = check_date("date", on)
    usual = in_force(await lines.versions(ctx, line), day)
    if usual is None:
        raise NotFound("这一天没有这个门诊")
    before = await store.deviation(ctx, deviation_id(ctx.institution or "", line, on))
    if version != (before.version if before else 0):
        raise WrongState()
    state = _next_state(before, form)
    if state == "CHANGED":
        await _check_change(ctx, usual, day, form)
    said = form if state == "CHANGED" else DeviationForm(action=form.action, reason=form.reason)
    made = Deviation(
        id=deviation_id(ctx.institution or "", line, on),
        inst=ctx.institution or "",
        line=line,
        date=on,
        state=state,
        version=version + 1,
        made_by=str(ctx.actor),
        made_at=ctx.now(),
        **{name: getattr(said, name) for name in said.__struct_fields__ if name != "action"},
    )
    told = {"line": line, "date": on, "state": state, "reason": form.reason}
    event = happened(ctx, DEVIATION_MADE, made.id, made.version, **told)
    if not await store.put_deviation(ctx, made, event):
        raise WrongState()


def _next_state(before: Deviation | None, form: DeviationForm) -> str:
    check_choice("action", form.action, ("close", "change", "lift"))
    return DEVIATION.next(before.state if before else DEVIATION.initial, form.action)


async def _check_change(ctx: Ctx, usual: Template, day: date, form: DeviationForm) -> None:
    """Raises Invalid, NotFound or TimesOverlap."""
    if bool(form.begins) != bool(form.ends):
        raise Invalid(fields={"ends": "请同时填写开始和结束时间"})
    if form.begins:
        check_times(form.begins, form.ends, usual.slot_minutes)
    if not any((form.begins, form.room, form.capacity, form.doctor_id)):
        raise Invalid(fields={"action": "请至少填写一项调整"})
    if not form.doctor_id or form.doctor_id == usual.doctor_id:
        return
    substitute = await departments.doctor(ctx, form.doctor_id)
    if substitute.department_id != usual.department_id:
        raise Invalid(fields={"doctor_id": "替诊医生须为同一科室"})
    hours = (form.begins or usual.begins, form.ends or usual.ends)
    for one in await generation.week(ctx, day, day):
        busy = one.doctor_id == substitute.id and one.state != "CLOSED"
        if busy and one.template.line != usual.line and overlap(one.hours, hours):
            raise TimesOverlap(doctor=substitute.id)


async def decide_day(ctx: Ctx, on: str, kind: str, weekday: int) -> CalendarDay:
    """A person says what a date is: ``ORDINARY`` (following ``weekday``) or ``HOLIDAY``.

    Raises:
        Invalid, WrongState.
    """
    day = check_date("date", on)
    check_choice("kind", kind, ("ORDINARY", "HOLIDAY"))
    if not 0 <= weekday <= 6:
        raise Invalid(fields={"weekday": "请从给出的选项中选择"})
    known = await store.days(ctx, on, on)
    made = CalendarDay(
        id=ids.derive("day", ctx.institution or "", on),
        inst=ctx.institution or "",
        date=day.isoformat(),
        kind=kind,
        weekday=weekday,
        version=known[0].version + 1 if known else 1,
        made_by=str(ctx.actor),
        made_at=ctx.now(),
    )
    told = {"date": on, "kind": kind, "weekday": weekday}
    if not await store.put_day(
        ctx, made, happened(ctx, DAY_DECIDED, made.id, made.version, **told)
    ):
        raise WrongState()
    return made
