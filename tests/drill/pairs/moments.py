"""Moments of an appointment's life, made for many cases at once.

held      a number with an open payment
overdue   the same, but its time has run out and nobody has looked yet
booked    paid
returned  run out and freed unasked, so that it may still be paid; the number is kept for the rival,
          who waits
offered   given by the waiting list, with an open payment
free      given by the waiting list, nothing to pay
asked     paid, and its clinic is stopped: a place on another date is kept
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from booking.appointments import service as appointments
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from booking.waiting import service as waiting
from booking.waiting.model import Join
from tests.drill.pairs.case import Case
from tests.helpers.outpatient import FEE_FEN, Outpatient, Patient, clinic_on
from wx_backend.base import ids

T = TypeVar("T")

MOMENTS = ("held", "overdue", "booked", "returned", "offered", "free", "asked")
GIVEN = ("offered", "free")
IN_DAYS = (3, 4)
AT_ONCE = 24
OVERDUE = timedelta(minutes=20)
UNSWEPT = timedelta(minutes=10)
NUMBERS = "/v3/pay/transactions/out-trade-no/*"


async def rooms(clinic: Outpatient, moments: Iterable[str]) -> list[tuple[Slot, Slot]]:
    """For each moment a doctor of its own, with one number on each of two dates."""
    ctx = clinic.hospital.ctx()
    found = []
    for moment in moments:
        usual = {"doctor_id": ids.new("doc"), "fee_fen": 0 if moment == "free" else FEE_FEN}
        days = [
            clinic_on(ctx.today() + timedelta(days=n), capacity=1, schedule=ids.new("sch"), **usual)
            for n in IN_DAYS
        ]
        [first], [second] = [await schedules.cut(ctx, one) for one in days]
        found.append((first, second))
    await schedules.add(ctx, [slot for both in found for slot in both])
    await clinic.hospital.catch_up()
    return found


async def begin(clinic: Outpatient, cases: list[Case]) -> None:
    """Every case comes to its moment; nothing else is under way."""

    def at(*moments: str) -> list[Case]:
        return [case for case in cases if case.moment in moments]

    own, given = at(*set(MOMENTS) - set(GIVEN)), at(*GIVEN)
    await each(own, _holds)
    await each(given, _waits_for_the_rival)
    await each(at("returned"), lambda case: _waits(case.rival, case.slot))
    await each([*at("booked"), *at("asked")], Case.notify)
    await clinic.answered()
    await clinic.work()
    await each(given, _was_given)
    await each(at("asked"), Case.close)
    await _freed_unasked(clinic, at("returned"))
    await each(at("overdue"), _runs_out)
    await each(at("returned", "overdue"), _unless_swept)


async def each(many: Iterable[T], act: Callable[[T], Awaitable[object]]) -> None:
    """``act`` for every one, some at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(thing: T) -> None:
        async with gate:
            await act(thing)

    async with asyncio.TaskGroup() as group:
        for thing in many:
            group.create_task(one(thing))


async def _holds(case: Case) -> None:
    case.held = await case.clinic.hold(case.patient, case.slot, case.key)
    await case.pay()


async def _waits_for_the_rival(case: Case) -> None:
    """The number is the rival's, who gives it back when the patient waits."""
    first = await case.clinic.hold(case.rival, case.slot)
    await _waits(case.patient, case.slot)
    await case.clinic.cancel(case.rival, first)


async def _waits(patient: Patient, slot: Slot) -> None:
    await waiting.join(patient.ctx, Join(slot.id, patient.id), ids.new("key"))


async def _was_given(case: Case) -> None:
    [(entry, _)] = await waiting.mine(case.patient.ctx)
    case.entry = entry.id
    case.held = await appointments.own(case.patient.ctx, entry.appointment or "")
    if case.moment == "offered":
        await case.pay()


async def _runs_out(case: Case) -> None:
    """Its time was over some minutes ago; its order's, on the platform, is not."""
    now = case.clinic.house.business.now()
    await _set(case, expires_at=now - OVERDUE, due_at=now)


async def _unless_swept(case: Case) -> None:
    """What sweeps do for other cases leaves this one alone until all is over."""
    if not case.swept:
        await _set(case, due_at=case.clinic.house.business.now() + UNSWEPT)


async def _set(case: Case, **fields: datetime) -> None:
    table = case.clinic.house.db.raw("appointments")
    await table.update_one({"_id": case.held.id}, {"$set": fields})


async def _freed_unasked(clinic: Outpatient, cases: list[Case]) -> None:
    """The platform could not say in time whether they were paid."""
    await each(cases, _runs_out)
    await clinic.fault(NUMBERS, "busy", times=None)
    while await clinic.turn("holds"):
        pass
    await clinic.ctl("clear", what="faults")
