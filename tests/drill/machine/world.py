"""Where the machine plays: a doctor's short session, a colleague's at the same hour, and the next
week's; four people who want it, and some who come when all is over.
"""

from collections import Counter
from datetime import date, timedelta

import msgspec

from booking.appointments.model import SEATED, Appointment
from booking.appointments.store import appointment_of
from booking.schedules.model import Slot
from booking.timetables import service as timetables
from booking.timetables.model import DeviationForm
from booking.waiting.model import Entry
from tests.drill.unhindered import UNHINDERED
from tests.helpers.outpatient import Outpatient, Patient
from tests.helpers.paying import SIDES, WECHAT_SIDE
from tests.helpers.timetables import COLLEAGUE, OFFICE, cleared, form, opened, slots_on
from wx_backend.base.context import Ctx

PEOPLE = 4
NEWCOMERS = 9
IN_DAYS = timedelta(days=6)
"""So far is the session: an offer of the waiting list lasts a day."""

WEEK = timedelta(days=7)
STAGES = ("CLEARED", "MISSED", "LEFT", "TAKEN", "WAITING", "OFFERED")


class World:
    """``begin`` makes it anew on the same clinic."""

    day: date
    line: str
    slots: list[str]

    def __init__(self, clinic: Outpatient):
        self.clinic = clinic
        self.people: list[Patient] = []
        self.newcomers: list[Patient] = []
        self.ends: dict[str, Counter[str]] = {}
        self._decided: dict[str, int | str] = {}

    @property
    def ctx(self) -> Ctx:
        """The outpatient office."""
        return self.clinic.hospital.ctx().acting_as(OFFICE)

    async def begin(self, **parameters: int) -> None:
        """Nobody has booked; two slots of one number each, as many at the colleague's."""
        await cleared(self.clinic)
        if not self.people:
            for n in range(PEOPLE):  # from WeChat and from Alipay
                self.clinic.side = SIDES[n % len(SIDES)]
                self.people.append(await self.clinic.patient())
            self.clinic.side = WECHAT_SIDE
            self.newcomers = await self.clinic.patients(NEWCOMERS)
        wanted = {f"booking.{name}": value for name, value in parameters.items()}
        for name, value in {**UNHINDERED, **wanted}.items():
            await self._decide(name, value)
        self.day = self.ctx.today() + IN_DAYS
        template, _ = await opened(self.clinic, self.ctx, self.day, capacity=1)
        self.line = template.line
        peer = form(self.day, doctor_id=COLLEAGUE.id, room="310 诊室", capacity=1)
        await timetables.add_template(self.ctx, peer)
        for day in (self.day, self.day + WEEK):
            await timetables.generate(self.ctx, day, day)
        await self.clinic.hospital.catch_up()
        self.slots = [slot.id for slot in await self.stored()]

    async def _decide(self, parameter: str, value: int | str) -> None:
        if self._decided.get(parameter) != value:
            await self.clinic.decides(parameter, value)
            self._decided[parameter] = value

    async def stored(self) -> list[Slot]:
        """The session's slots and the colleague's, then those of the next week."""
        days = (self.day, self.day + WEEK)
        return [slot for day in days for slot in await slots_on(self.ctx, day)]

    async def deviate(self, change: DeviationForm) -> None:
        """The session becomes unlike its template, or like it again."""
        on = self.day.isoformat()
        known = await timetables.deviations(self.ctx, self.day, self.day)
        await timetables.deviate(self.ctx, self.line, on, known[0].version if known else 0, change)

    async def count(self) -> None:
        """How everything has ended in this story is added to all others."""
        for name in ("appointments", "orders", "waiting", "stop_cases"):
            states = [doc["state"] for doc in await self.clinic.docs(name)]
            self.ends.setdefault(name, Counter()).update(states)

    async def appointment(self, pick: int) -> tuple[Patient, Appointment] | None:
        """One of somebody's, those that own a number before those that have ended."""
        docs = await self.clinic.docs("appointments", account={"$in": list(self._by_account)})
        found = [appointment_of(doc) for doc in docs]
        found.sort(key=lambda one: (one.state not in SEATED, one.created_at, one.id))
        one = found[pick % len(found)] if found else None
        return (self._by_account[one.account], one) if one else None

    async def entry(self, pick: int) -> tuple[Patient, Entry] | None:
        """One of somebody's on the waiting list, those with an offer first, then who waits."""
        docs = await self.clinic.docs("waiting", account={"$in": list(self._by_account)})
        found = [msgspec.convert(doc, Entry) for doc in docs]
        found.sort(key=lambda one: (-STAGES.index(one.state), one.joined_at, one.id))
        one = found[pick % len(found)] if found else None
        return (self._by_account[one.account], one) if one else None

    @property
    def _by_account(self) -> dict[str, Patient]:
        return {one.account: one for one in self.people}
