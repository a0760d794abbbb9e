"""When everybody has gone home: what is kept equals what is seated, what is nobody's is offered
again, and when the session begins nothing is left to be decided.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from booking.appointments import service as appointments
from booking.appointments.model import Hold
from booking.payments.store import order_of
from booking.schedules import service as schedules
from booking.schedules.model import EVERYBODY, Slot, SlotFull
from booking.stops import store as cases
from booking.waiting import model as waits
from booking.waiting import service as waiting
from tests.drill.machine.world import WEEK, World
from tests.helpers.balance import places_exist, waiting_adds_up
from tests.helpers.outpatient import Patient
from wx_backend.base import ids
from wx_backend.base.errors import AppError

NOW = timedelta(0)
DUE = ("appointments", "orders", "waiting", "stop_cases")


class Rest:
    """``come``: first to the evening of what was going on, then to the session's start."""

    def __init__(self, world: World):
        self._world, self._clinic = world, world.clinic

    async def come(self) -> None:
        """Raises AssertionError when anything is not as it must be."""
        await self._clinic.ctl("clear", what="faults")
        await self._nobody_waits()
        await self._hours_pass(9, 9, 9, 1)
        await self._adds_up()
        await self._everything_free_can_be_had()
        await self._clinic.balanced(at_rest=False)
        await self._session_begins()
        await self._adds_up()
        for name in DUE:
            left = await self._clinic.docs(name, due_at={"$exists": True})
            assert not [doc for doc in left if name != "orders" or not _may_be_paid(doc)], left
        for entry in await self._clinic.docs("waiting"):
            assert entry["state"] not in waits.OPEN, entry
        await self._world.count()

    async def _nobody_waits(self) -> None:
        for one in self._world.people:
            for entry, _ in await waiting.mine(one.ctx):
                with suppress(AppError):  # it is over, or taken
                    await waiting.leave(one.ctx, entry.id)

    async def _hours_pass(self, *hours: float) -> None:
        """What a worker held when it failed is anybody's again."""
        for some in hours:
            for name in DUE:
                table = self._clinic.house.db.raw(name)
                await table.update_many({}, {"$unset": {"lease": "", "leased_until": ""}})
            await self._clinic.later(hours=some)
            await self._clinic.work()
        await self._clinic.refunded()
        await self._clinic.hospital.catch_up()

    async def _session_begins(self) -> None:
        begins = min(slot.starts_at for slot in await self._of_the_day())
        left = begins + timedelta(seconds=1) - self._clinic.house.business.now()
        hours = max(left, timedelta(hours=1)) / timedelta(hours=1)
        await self._hours_pass(hours, 0.5)

    async def _of_the_day(self) -> list[Slot]:
        day = self._world.day.isoformat()
        return [slot for slot in await self._world.stored() if slot.visit_date == day]

    async def _adds_up(self) -> None:
        await self._clinic.balanced()
        docs, slots = await self._clinic.docs("appointments"), await self._world.stored()
        asked = [cases.case_of(doc) for doc in await self._clinic.docs("stop_cases")]
        places_exist(docs, slots, {case.appointment for case in asked if case.open})
        waiting_adds_up(await self._clinic.docs("waiting"), docs, at_rest=True)
        open_now = {slot.id for slot in slots if slot.state == "OPEN"}
        kept = [doc for doc in docs if doc.get("returns_at") and doc["slot"] in open_now]
        assert not kept, "a number is kept for nobody"
        now, view = self._clinic.house.business.now(), schedules.availability(self._clinic.house)
        for slot in slots:
            if view.slot(slot.id):  # not of a day that is over
                assert view.free(slot, now) == len(self._left(slot, docs, now)), slot

    def _left(self, slot: Slot, docs: list[dict], now: datetime) -> list[int]:
        """The numbers that are everybody's and nobody's."""
        taken = {doc["number"] for doc in docs if doc.get("active") and doc["slot"] == slot.id}
        offered = slot.offered(EVERYBODY, now)
        return [n for n in range(1, slot.capacity + 1) if offered >> n - 1 & 1 and n not in taken]

    async def _everything_free_can_be_had(self) -> None:
        """By people who have nothing that day, down to the last number."""
        docs, now = await self._clinic.docs("appointments"), self._clinic.house.business.now()
        view = schedules.availability(self._clinic.house)
        *some, late = self._world.newcomers
        comes = {(self._world.day + after).isoformat(): iter(some) for after in (NOW, WEEK)}
        for slot in await self._world.stored():
            if slot.state != "OPEN" or now >= slot.starts_at or view.closing(slot).shut(now):
                continue
            for _ in self._left(slot, docs, now):
                await self._hold(next(comes[slot.visit_date]), slot)
            with suppress(SlotFull):
                await self._hold(late, slot)
                raise AssertionError(f"more numbers than there are: {slot}")

    async def _hold(self, one: Patient, slot: Slot) -> None:
        await appointments.hold(one.ctx, Hold(slot.id, one.id), ids.new("key"))


def _may_be_paid(order: dict) -> bool:
    """A code was let go, and the platform's clock, which does not move as ours, still takes it."""
    return bool(order_of(order).ledger().loose_attempts())
