"""Who is asked, and what they are offered: from appointments that no longer fit, as they are now.

A look compares and does what is missing, so it may come at any time, twice, or after a crash.
"""

from datetime import date, datetime, timedelta

import msgspec

from booking.appointments import service as appointments
from booking.appointments.model import SEATED, Appointment
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from booking.stops import events, store
from booking.stops.model import (
    AHEAD,
    CASE,
    OTHER,
    Case,
    Offer,
    call_at,
    case_id,
    deadline,
    other_dates,
    replacements,
)
from booking.timetables import service as timetables
from wx_backend.base.context import Ctx
from wx_backend.directory.settings import service as parameters
from wx_backend.identity.worklist import service as worklist

STAYS = "place"
"""How an appointment differs whose doctor or room has changed: its patient keeps the number."""


async def look(ctx: Ctx, schedule: str) -> None:
    """Opens the cases that are missing and clears those that are no more; what was given up
    meanwhile of a session that takes place again comes back.
    """
    lost = {one.id: one for one, how in await timetables.misfits(ctx, schedule) if how != STAYS}
    known = {case.appointment: case for case in await store.of_schedule(ctx, schedule)}
    for case in known.values():
        if case.open and case.appointment not in lost:
            await clear(ctx, case)
    for one in lost.values():
        if one.state == "HELD" and one.kept_for:
            await appointments.let_go(ctx, one.kept_for)
        elif one.state == "HELD":
            await appointments.stop(ctx, one.id, "system")
    fresh = [one for one in lost.values() if one.state != "HELD" and _unasked(known.get(one.id))]
    if fresh:
        await _ask_all(ctx, schedule, fresh, known)
    slots = await schedules.of_schedules(ctx, [schedule])
    await appointments.open_again(ctx, [slot.id for slot in slots if slot.state == "OPEN"])
    await mind_the_list(ctx, schedule)


def _unasked(case: Case | None) -> bool:
    return case is None or case.state == "CLEARED"


async def clear(ctx: Ctx, case: Case) -> None:
    """Nothing is to be decided any more; who still has the number is told that it stands."""
    still = (await appointments.find(ctx, case.appointment)).state in SEATED
    kind = events.REOPENED if still else events.DROPPED
    after = msgspec.structs.replace(case, state=CASE.next(case.state, "clear"))
    if await store.change(ctx, case, after, events.change(ctx, kind, case)):
        await appointments.let_go(ctx, case.cause(OTHER))
        await mind_the_list(ctx, case.schedule)


async def call(ctx: Ctx, case: Case) -> None:
    """No answer for too long: somebody has to ring."""
    after = msgspec.structs.replace(case, state=CASE.next(case.state, "call"))
    if await store.change(ctx, case, after, events.change(ctx, events.CALL_DUE, case)):
        await mind_the_list(ctx, case.schedule)


async def mind_the_list(ctx: Ctx, schedule: str) -> None:
    """One task a schedule, for as long as somebody of it is to be called."""
    if not await store.calling(ctx, schedule):
        await worklist.settle(ctx, "stop_call", schedule)
    if await store.calling(ctx, schedule):
        about = "有患者未答复停诊消息，请按名单逐一致电"
        await worklist.open_task(ctx, "stop_call", schedule, schedule, about)


async def _ask_all(
    ctx: Ctx, schedule: str, lost: list[Appointment], known: dict[str, Case]
) -> None:
    begins = (await schedules.of_schedules(ctx, [schedule]))[0].starts_at
    room = await Room.around(ctx, lost)
    for one in sorted(lost, key=lambda one: (one.starts_at, one.number)):
        before = known.get(one.id)
        case = await _case(ctx, schedule, one, deadline(begins, one, ctx.now()), before)
        case = await offered(ctx, case, one, room)
        if before is None:
            first = msgspec.structs.replace(case, version=0)
            await store.add(
                ctx, case, events.change(ctx, events.ASKED, first, **events.asked(case))
            )
        else:
            event = events.change(ctx, events.ASKED, before, **events.asked(case))
            await store.change(ctx, before, case, event)


async def _case(
    ctx: Ctx, schedule: str, one: Appointment, until: datetime, before: Case | None
) -> Case:
    minutes = await parameters.resolve(ctx, "stop.call_minutes", **one.scopes)
    now = ctx.now()
    return Case(
        id=case_id(one.id),
        inst=one.inst,
        schedule=schedule,
        appointment=one.id,
        state=CASE.next(before.state, "ask") if before else CASE.initial,
        version=1,
        round=before.round + 1 if before else 1,
        account=one.account,
        patient=one.patient,
        department=one.department,
        doctor=one.doctor,
        location=one.location,
        visit_date=one.visit_date,
        session=one.session,
        zone=one.zone,
        starts_at=one.starts_at,
        serial=one.serial,
        fee_fen=one.fee_fen,
        asked_at=now,
        call_at=call_at(now, until, timedelta(minutes=int(minutes))),
        deadline=until,
        calls=before.calls if before else (),
    )


async def offered(ctx: Ctx, case: Case, one: Appointment, room: "Room") -> Case:
    """The case with what can be offered now; the other date's place is kept from here on."""
    hours = await parameters.resolve(ctx, "stop.keep_hours", **one.scopes)
    until = ctx.now() + timedelta(hours=int(hours))
    kept = None
    for slot in other_dates(room.slots, one):
        numbers = room.free[slot.id]
        if not numbers:
            continue
        kept = await appointments.keep(ctx, one, slot, numbers, case.cause(OTHER), until)
        if kept:
            break
    return msgspec.structs.replace(
        case, same=room.promise(replacements(room.slots, one)), other=_kept_offer(kept)
    )


def _kept_offer(kept: Appointment | None) -> Offer | None:
    if kept is None:
        return None
    return Offer(
        slot=kept.slot,
        doctor=kept.doctor,
        title=kept.title,
        location=kept.location,
        starts_at=kept.starts_at,
        serial=kept.serial,
        until=kept.expires_at,
    )


class Room:
    """The department's slots around some appointments, and their numbers free at this moment."""

    def __init__(self, slots: list[Slot], free: dict[str, list[int]]):
        self.slots, self.free = slots, free
        self._promised: dict[str, int] = {}

    @classmethod
    async def around(cls, ctx: Ctx, lost: list[Appointment]) -> "Room":
        """Two calls a department."""
        slots: list[Slot] = []
        for department in sorted({one.department_id for one in lost}):
            last = max(date.fromisoformat(one.visit_date) for one in lost) + AHEAD
            slots += await schedules.of_department(ctx, department, ctx.today(), last)
        wanted = {
            slot.id: slot
            for one in lost
            for slot in (*replacements(slots, one), *other_dates(slots, one))
        }
        return cls(list(wanted.values()), await appointments.free_numbers(ctx, [*wanted.values()]))

    def promise(self, slots: list[Slot]) -> Offer | None:
        """The first slot with a number that nobody else was told of; no more than there are."""
        for slot in slots:
            promised = self._promised.get(slot.id, 0)
            if promised < len(self.free[slot.id]):
                self._promised[slot.id] = promised + 1
                return Offer(
                    slot=slot.id,
                    doctor=slot.doctor,
                    title=slot.title,
                    location=slot.location,
                    starts_at=slot.starts_at,
                )
        return None
