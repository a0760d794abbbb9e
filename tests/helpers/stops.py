"""A session of a clinic that is stopped with patients in it (tests/flows/timetables/stops)."""

from datetime import date, timedelta

from booking.appointments import service as appointments
from booking.appointments.model import Appointment
from booking.stops import service as stops
from booking.stops.model import Case, case_id
from booking.timetables import service as timetables
from tests.helpers.outpatient import Outpatient
from tests.helpers.timetables import COLLEAGUE, deviation, form, opened
from wx_backend.base.context import Ctx

PEER = COLLEAGUE
"""Of the same department and title."""


async def stored(clinic: Outpatient, key: str) -> Appointment:
    return await appointments.find(clinic.hospital.ctx(), key)


class Closed:
    """A session with patients in it, a peer at the same time, and the doctor's next week."""

    def __init__(self, clinic: Outpatient, ctx: Ctx, day: date):
        self.clinic, self.ctx, self.day = clinic, ctx, day

    async def opens(self, number: int = 1, peer: int = 4, next_week: bool = True, **more) -> None:
        template, slots = await opened(self.clinic, self.ctx, self.day, **more)
        self.line = template.line
        if next_week:
            later = self.day + timedelta(days=7)
            await timetables.generate(self.ctx, later, later)
        if peer:
            usual = form(self.day, doctor_id=PEER.id, room="310 诊室", capacity=peer)
            await timetables.add_template(self.ctx, usual)
            await timetables.generate(self.ctx, self.day, self.day)
        await self.clinic.hospital.catch_up()
        self.patients = await self.clinic.patients(number)
        self.booked = [
            await self.clinic.booked(one, slots[n % len(slots)])
            for n, one in enumerate(self.patients)
        ]
        [one] = [s for s in await self.schedules() if s.line == self.line]
        self.schedule = one.id

    async def schedules(self):
        return await timetables.schedules(self.ctx, self.day, self.day)

    async def close(self, version: int = 0) -> None:
        await timetables.deviate(
            self.ctx, self.line, self.day.isoformat(), version, deviation("close")
        )
        await self.clinic.hospital.catch_up()
        await self.clinic.work()

    async def reopen(self, version: int = 1) -> None:
        await timetables.deviate(
            self.ctx, self.line, self.day.isoformat(), version, deviation("lift")
        )
        await self.clinic.hospital.catch_up()
        await self.clinic.work()

    async def cases(self) -> list[Case]:
        return await stops.cases(self.ctx, self.schedule)

    async def states(self) -> list[str]:
        return [case.state for case in await self.cases()]

    async def answers(self, n: int, choice: str) -> Case:
        return await stops.answer(self.patients[n].ctx, case_id(self.booked[n].id), choice)

    async def now(self, n: int = 0):
        return await self.clinic.now(self.booked[n])

    async def until_start(self) -> None:
        """Past the start of the session."""
        begins = min(one.starts_at for one in self.booked)
        left = begins - self.clinic.house.business.now()
        await self.clinic.later(seconds=left.total_seconds() + 1)
        await self.clinic.work()
