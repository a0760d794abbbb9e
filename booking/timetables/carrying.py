"""Carrying out what an outlook says: slots and schedules, many in one call.

It may be broken off anywhere and run again: slots have derived ids, changes are conditional writes,
and a schedule says what it was made from last. Whoever claims a number meanwhile comes first.
"""

import asyncio
from datetime import date, timedelta

import msgspec

from booking.appointments import service as appointments
from booking.schedules import service as schedules
from booking.timetables import late, store
from booking.timetables.events import CHANGED, CLOSED, REOPENED, SUBSTITUTED, WITHDRAWN
from booking.timetables.generation import Difference, Outlook, outlook, portions
from booking.timetables.model import Schedule, action
from booking.timetables.store import Done
from wx_backend.base.context import Ctx
from wx_backend.base.events import happened
from wx_backend.directory.departments import service as departments
from wx_backend.identity.worklist import service as worklist

TRIES = 3
PACE = 1000
"""Changed slots a second at most: every web process reads each of them again, some times."""
SOON = timedelta(seconds=3)


async def generate(ctx: Ctx, first: date, last: date, line: str, redo: bool) -> Outlook:
    """See ``service.generate``."""
    written: list[Difference] = []
    for _ in range(TRIES):
        found = await outlook(ctx, first, last, line, redo)
        done = await make(ctx, found)
        written = _looked_again(written, found) + done
        if len(done) == len(found.differences):
            break
    left = len(found.differences) - len(done)
    return Outlook(differences=tuple(written), waiting=found.waiting, left=left)


async def rest(done: Outlook) -> None:
    """Between two dates of many, so that patients notice nothing."""
    await asyncio.sleep(done.count("changed") / PACE)


def _looked_again(written: list[Difference], found: Outlook) -> list[Difference]:
    """What was written before the last look; what was kept is as that one says."""
    seen = {one.schedule.id for one in found.differences}
    then = [
        msgspec.structs.replace(one, steps=msgspec.structs.replace(one.steps, kept=()))
        if one.schedule.id in seen
        else one
        for one in written
    ]
    return [one for one in then if one.steps.any]


async def make(ctx: Ctx, found: Outlook) -> list[Difference]:
    """Does what the outlook says; what was done. What is missing was changed by somebody else
    meanwhile: look again.
    """
    fresh = [one for one in found.differences if one.fresh]
    for some in portions(fresh):
        await _add(ctx, some)
    idle = [one for one in found.differences if one.idle and not one.fresh]
    done = [*fresh, *idle]
    for some in portions([one for one in found.differences if not (one.fresh or one.idle)]):
        done += await _change(ctx, some)
    await _ask_people(ctx, found)
    return done


async def _add(ctx: Ctx, fresh: list[Difference]) -> None:
    """New schedules with their slots; two calls."""
    if new := [slot for one in fresh for slot in one.steps.new]:
        await schedules.add(ctx, new)
    await store.add_schedules(ctx, [one.schedule for one in fresh])


async def _change(ctx: Ctx, found: list[Difference]) -> list[Difference]:
    """Slots first, then what their schedules became; those where nobody else was first."""
    found = await _begun(ctx, found)
    if watched := [one.schedule.id for one in found if one.affects]:
        await store.look_after(ctx, watched, ctx.now() + SOON)
    if changed := [slot for one in found for slot in one.steps.changed]:
        taken = await schedules.replace_many(ctx, changed)
        found = [one for one in found if not any(slot.id in taken for slot in one.steps.changed)]
    found = await _give_way(ctx, found)
    if new := [slot for one in found for slot in one.steps.new]:
        await schedules.add(ctx, new)
    if into := [one for one in (_into(ctx, each) for each in found) if one]:
        taken = await store.done(ctx, into)
        found = [one for one in found if one.schedule.id not in taken]
    if affected := [one.schedule for one in found if one.affects]:
        await late.look(ctx, affected)
    return found


async def _begun(ctx: Ctx, found: list[Difference]) -> list[Difference]:
    """Those that were broken off before have their slots, but no schedule yet: with one."""
    begun = [
        one
        if one.before
        else msgspec.structs.replace(one, before=msgspec.structs.replace(one.schedule, done=""))
        for one in found
    ]
    if missing := [one.before for one, was in zip(begun, found, strict=True) if not was.before]:
        await store.add_schedules(ctx, missing)
    return begun


async def _give_way(ctx: Ctx, found: list[Difference]) -> list[Difference]:
    """Dates that are made again are for slots that nobody owns: one of which a number was claimed
    while it was written becomes again what it was. With other serial numbers, so does its whole
    session: two patients are not told the same one.

    Without those where somebody else has changed such a slot already.
    """
    again = [one for one in found if one.again]
    keys = [slot.id for one in again for slot in one.steps.changed]
    owned = {one.slot for one in await appointments.seated_in(ctx, keys)} if keys else set()
    if not owned:
        return found
    steps = {one.schedule.id: _given_back(one, owned) for one in again}
    back = [
        msgspec.structs.replace(slot, version=slot.version + 1)
        for one in again
        for slot in one.steps.before
        if slot.id in steps[one.schedule.id]
    ]
    taken = await schedules.replace_many(ctx, back)
    return [
        _without(one, steps.get(one.schedule.id, set()))
        for one in found
        if not steps.get(one.schedule.id, set()) & taken
    ]


def _given_back(one: Difference, owned: set[str]) -> set[str]:
    mine = {slot.id for slot in one.steps.changed}
    return mine if one.steps.renumbers and mine & owned else mine & owned


def _without(one: Difference, slots: set[str]) -> Difference:
    if not slots:
        return one
    steps = one.steps.without(slots)
    schedule = msgspec.structs.replace(one.schedule, kept=len(steps.kept))
    return msgspec.structs.replace(one, steps=steps, schedule=schedule)


def _into(ctx: Ctx, one: Difference) -> Done | None:
    """What the schedule becomes; None when it stays as it is."""
    before = one.before or one.schedule
    event = _told(ctx, one, before)
    after = msgspec.structs.replace(one.schedule, version=before.version)
    return Done(before, after, event) if event or store.said(after) != store.said(before) else None


def _told(ctx: Ctx, one: Difference, before: Schedule) -> dict | None:
    """A new state or doctor is told even when a run that was broken off changed the slots; what
    nobody goes by, prices and windows of numbers to come, is not.
    """
    after = one.schedule
    act = action(before.state, after.state)
    same = (before.state, before.doctor_id) == (after.state, after.doctor_id)
    touched = one.affects and (one.steps.changed or one.steps.new)
    if not act or (same and not touched):
        return None
    facts = {
        "schedule": after.id,
        "department": after.department_id,
        "doctor": after.doctor_id,
        "date": after.date,
        "session": after.session,
        "slots": len(one.steps.changed) + len(one.steps.new),
    }
    version = before.version + 1
    if act == "close":
        reason = one.planned.deviation.reason if one.planned and one.planned.deviation else ""
        return happened(ctx, CLOSED, after.id, version, **facts, reason=reason)
    if act == "change" and before.doctor_id != after.doctor_id:
        return happened(ctx, SUBSTITUTED, after.id, version, **facts, instead_of=before.doctor_id)
    kinds = {"change": CHANGED, "reopen": REOPENED, "withdraw": WITHDRAWN}
    return happened(ctx, kinds[act], after.id, version, **facts)


async def _ask_people(ctx: Ctx, found: Outlook) -> None:
    """Work for people: slots left as they were by a new plan, and years nobody has announced."""
    for one in found.differences:
        if one.steps.kept and not one.again:
            doctor = await departments.doctor(ctx, one.schedule.doctor_id)
            about = (
                f"{one.schedule.date} {doctor.name}：{len(one.steps.kept)} 个时段已有预约，"
                "未随模板调整"
            )
            cause = f"{one.schedule.id}:{one.schedule.done}"
            await worklist.open_task(ctx, "schedule_kept", cause, one.schedule.id, about)
    for year in sorted({day.year for day in found.waiting}):
        about = f"{year} 年放假安排尚未收录，请逐日确认是否出诊"
        await worklist.open_task(ctx, "calendar_unknown", str(year), str(year), about)
