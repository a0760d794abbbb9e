"""What has to be done so that the slots of a stretch of dates are what the timetable says.

A job's key is (line, date) with what it is made from (``Planned.source``): the same again is
nothing to do. ``carrying.py`` does it.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TypeVar

import msgspec

from booking.appointments import service as appointments
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from booking.timetables import store
from booking.timetables.compare import Steps, compare
from booking.timetables.model import Day, Planned, Schedule
from booking.timetables.plan import clinic, day_of, planned
from booking.timetables.rules import fee_parameter
from wx_backend.base.calendar import public_day
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound
from wx_backend.directory.departments import service as departments
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as parameters

T = TypeVar("T")

TOGETHER = 150
"""Sessions whose slots are read, or written, in one call: about a thousand slots. Small enough that
a process that does this serves others meanwhile, and that who follows changes misses none.
"""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule that is not yet as planned. ``before`` is None for a new one."""

    schedule: Schedule
    before: Schedule | None
    steps: Steps
    planned: Planned | None

    @property
    def again(self) -> bool:
        """Whether it was made before from the same template and decisions."""
        return self.before is not None and self.before.done == self.schedule.done

    @property
    def idle(self) -> bool:
        """Whether nothing has to be written: who was left a slot still has it."""
        same = self.before is not None and self.before.kept == self.schedule.kept
        return same and self.again and not (self.steps.new or self.steps.changed)

    @property
    def fresh(self) -> bool:
        """Whether nothing of it was there before."""
        return self.before is None and not self.steps.changed

    @property
    def affects(self) -> bool:
        """Whether who has a number, or is about to claim one, may have to hear of it."""
        return not self.again or self.steps.promises or bool(self.steps.new)


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What generation would do, or has done. ``waiting``: dates that nobody knows to be holidays or
    not; ``left``: sessions that others changed at the same time again and again.
    """

    differences: tuple[Difference, ...]
    waiting: tuple[date, ...] = ()
    left: int = 0

    def count(self, what: str) -> int:
        """How many slots are ``new``, ``changed`` or ``kept``."""
        return sum(len(getattr(one.steps, what)) for one in self.differences)


async def week(ctx: Ctx, first: date, last: date) -> list[Planned]:
    """The planned clinics of these dates; three calls."""
    begin, end = first.isoformat(), last.isoformat()
    templates = await store.templates(ctx)
    changed = {(one.line, one.date): one for one in await store.deviations(ctx, begin, end)}
    days = await days_of(ctx, first, last)
    return [one for day in days for one in planned(templates, changed, day)]


async def days_of(ctx: Ctx, first: date, last: date) -> list[Day]:
    """What these dates are for the timetable; one call."""
    decided = {one.date: one for one in await store.days(ctx, first.isoformat(), last.isoformat())}
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [day_of(on, public_day(on), decided.get(on.isoformat())) for on in dates]


async def outlook(ctx: Ctx, first: date, last: date, line: str = "", redo: bool = False) -> Outlook:
    """What would be made, changed and kept from ``first`` to ``last``; of one line, or of all.

    ``redo`` compares also what was done before: those who kept a slot may have left it, prices and
    windows may have changed. Whoever has booked keeps the slot, also on a date that a person
    decided about then.
    """
    plans = [one for one in await week(ctx, first, last) if line in ("", one.template.line)]
    known = {
        one.id: one
        for one in await store.schedules(ctx, first.isoformat(), last.isoformat())
        if line in ("", one.line)
    }
    todo = [one for one in plans if _undone(one, known, redo)]
    ids = {one.schedule for one in plans}
    gone = [one for one in known.values() if one.id not in ids and one.state != "WITHDRAWN"]
    found: list[Difference] = []
    for some in portions(todo):
        found += await _to_change(ctx, some, known)
    for some in portions(gone):
        found += await _to_withdraw(ctx, some)
    waiting = {one.day.date for one in plans if one.state == "WAITING"}
    return Outlook(differences=tuple(found), waiting=tuple(sorted(waiting)))


def portions(many: list[T]) -> Iterator[list[T]]:
    """As many as belong into one call, in order."""
    return (many[first : first + TOGETHER] for first in range(0, len(many), TOGETHER))


async def _to_change(
    ctx: Ctx, plans: list[Planned], known: dict[str, Schedule]
) -> list[Difference]:
    stored = await _stored(ctx, [one.schedule for one in plans])
    seats = await _seats(ctx, stored)
    found = []
    for one in plans:
        await asyncio.sleep(0)
        found.append(await _difference(ctx, one, known.get(one.schedule), stored, seats))
    return [one for one in found if one]


async def _to_withdraw(ctx: Ctx, gone: list[Schedule]) -> list[Difference]:
    stored = await _stored(ctx, [one.id for one in gone])
    seats = await _seats(ctx, stored)
    found = [_withdrawal(ctx, one, stored.get(one.id, []), seats) for one in gone]
    return [one for one in found if one]


def _undone(one: Planned, known: dict[str, Schedule], redo: bool) -> bool:
    before = known.get(one.schedule)
    return one.state != "WAITING" and (redo or before is None or before.done != one.source)


async def _stored(ctx: Ctx, keys: list[str]) -> dict[str, list[Slot]]:
    found: dict[str, list[Slot]] = {}
    for slot in await schedules.of_schedules(ctx, keys):
        found.setdefault(slot.schedule, []).append(slot)
    return found


async def _seats(ctx: Ctx, stored: dict[str, list[Slot]]) -> Counter[str]:
    """How many people own a number, by slot; one call where there are slots."""
    keys = [slot.id for slots in stored.values() for slot in slots]
    return Counter(one.slot for one in await appointments.seated_in(ctx, keys) if keys)


async def _difference(
    ctx: Ctx,
    one: Planned,
    before: Schedule | None,
    stored: dict[str, list[Slot]],
    seats: Counter[str],
) -> Difference | None:
    """None when there is nothing to do, or the doctor or the department is not in the directory any
    more.
    """
    again = before is not None and before.done == one.source
    try:
        wanted = await cut(ctx, one) if one.state == "OPEN" else []
        unit = await departments.department(ctx, one.template.department_id)
    except NotFound:
        return None
    steps = compare(
        wanted,
        stored.get(one.schedule, []),
        seats,
        ctx.now(),
        gone="CLOSED" if one.firm else "WITHDRAWN",
        firm=one.firm and not again,
    )
    if again and not steps.any and not (before and before.kept):
        return None
    schedule = Schedule(
        id=one.schedule,
        inst=ctx.institution or "",
        line=one.template.line,
        date=one.day.date.isoformat(),
        department_id=unit.id,
        doctor_id=one.doctor_id,
        session=one.template.session,
        state=one.state,
        done=one.source,
        kept=len(steps.kept),
    )
    return Difference(schedule=schedule, before=before, steps=steps, planned=one)


async def cut(ctx: Ctx, one: Planned) -> list[Slot]:
    """The slots of a planned clinic, priced and opened by the parameters of its place.

    Raises:
        NotFound: the doctor or the department is gone.
    """
    doctor = await departments.doctor(ctx, one.doctor_id)
    unit = await departments.department(ctx, one.template.department_id)
    fee = await parameters.resolve(
        ctx,
        fee_parameter(doctor.title),
        campus=one.template.campus_id,
        department=unit.id,
        clinic_type=one.template.clinic_type,
        doctor=doctor.id,
    )
    zone = (await institutions.institution(ctx)).zone
    return await schedules.cut(ctx, clinic(one, unit, doctor, int(fee), zone))


def _withdrawal(
    ctx: Ctx, before: Schedule, stored: list[Slot], seats: Counter[str]
) -> Difference | None:
    """A schedule that is planned no longer; who has booked keeps the slot, and a person sees to
    it."""
    steps = compare([], stored, seats, ctx.now())
    if not steps.any:
        return None
    state = before.state if steps.kept else "WITHDRAWN"
    after = msgspec.structs.replace(before, state=state, done="", kept=len(steps.kept))
    if steps.kept and not steps.changed and before.done == "":
        return None
    return Difference(schedule=after, before=before, steps=steps, planned=None)
