"""``stops``: a session with 300 patients who have paid is stopped; some answer, some are rung up,
the others are paid back when it would have begun. Web, worker, beat and mongod are killed.
"""

import asyncio
import random
import time
from collections.abc import Callable
from datetime import timedelta

from pymongo.errors import AutoReconnect

from booking.schedules import service as schedules
from booking.stops import service as cases
from booking.stops.model import OfferGone
from booking.timetables.model import schedule_id
from tests.drill import books, checks, plan, scene
from tests.drill.plan import Kill, Trouble
from tests.drill.rig import Rig
from tests.drill.stop_ledger import problems, table
from tests.drill.stopped import Crowd
from tests.drill.turmoil import Turmoil
from tests.drill.waiting import CALM_PACE
from wx_backend.base import settings
from wx_backend.base.context import House
from wx_backend.base.errors import WrongState
from wx_backend.entrypoints.demo import world

ABOUT = "300 paid patients of a stopped session; kill -9 of web, worker, beat and mongod"
DOCTOR, PEER = "zhou-qiming", "shen-guodong"
ENDS, CAPACITY, PEERS = "14:00", 75, 15
"""Four slots of 75 numbers each; the colleague of the same rank has 15 in each."""

RUNG_UP = 20
ANSWERING, DRAIN_SECONDS = 25.0, 100.0
KILLS = (
    *(Kill(at, who) for at, who in ((1, "worker"), (4, "web"), (8, "mongod"), (12, "worker"))),
    *(Kill(at, who) for at, who in ((15, "beat"), (18, "web"), (22, "worker"))),
)
LATER = (Kill(1, "worker"), Kill(4, "mongod"), Kill(7, "web"), Kill(10, "worker"))
"""While hundreds of refunds are under way."""

TROUBLES = (
    Trouble(plan.REFUND, "lost_reply", 0.1),
    Trouble(plan.REFUND, "busy", 0.1),
    Trouble(plan.REFUND, "refund_processing", 0.2, value=2),
)


class Run:
    """One run on one rig."""

    def __init__(self, rig: Rig, seed: int):
        self._rig, self._seed = rig, seed
        self._settings = settings.load(rig.environment)
        self._line = self._day = ""
        self._slots: list[str] = []
        self._schedule = ""
        scene.inside(self._settings, self._open)
        self._crowd = Crowd(rig.web, rig.sandbox, seed)

    async def _open(self, house: House) -> None:
        """The session, its doctor's next week, and a colleague at the same time."""
        ctx = house.ctx(world.HOSPITAL.id)
        day = ctx.today() + timedelta(days=3)
        mine = scene.clinic(DOCTOR, day, ENDS, CAPACITY)
        await scene.weekly(ctx, mine, day, weeks=2)
        await scene.weekly(ctx, scene.clinic(PEER, day, ENDS, PEERS), day, weeks=1)
        self._line, self._day = mine.line, day.isoformat()
        wanted = schedule_id(ctx.institution or "", mine.line, self._day)
        found = await schedules.of_department(ctx, mine.department_id, day, day)
        here = [
            slot for slot in found if slot.doctor_id == mine.doctor_id and slot.schedule == wanted
        ]
        self._slots = [slot.id for slot in here for _ in range(CAPACITY)]
        self._schedule = here[0].schedule

    def play(self) -> list[str]:
        """What does not balance in the end."""
        began = time.monotonic()
        try:
            turmoil = Turmoil(self._rig, ())
            self._crowd.book(self._settings, self._slots)
            self._until(turmoil, "everybody booked", lambda: not books.untold(self._rig.database))
            booked = time.monotonic() - began
            turmoil = self._stop()
        finally:
            self._crowd.close()
        self._ring(turmoil)
        drained = self._pay_back()
        found = books.read(self._rig.database, self._rig.sandbox)
        asked = list(self._rig.database.stop_cases.find({}, {"outbox": 0}))
        print(f"  300 booked and paid in {booked:.0f} s; paid back within {drained:.0f} s")
        print(f"  kill -9: {turmoil.said()}; then {self._later.said()}")
        print(table(found, asked, self._crowd.answers))
        mine = {one.appointment for one in self._crowd.booked}
        return [*checks.problems(found), *problems(found, asked, mine, self._crowd.answers)]

    def _stop(self) -> Turmoil:
        """The office stops the session, patients answer, processes die."""
        turmoil, began = Turmoil(self._rig, KILLS), time.monotonic()
        scene.stop_session(self._settings, self._line, self._day)
        self._crowd.answer()
        while not (self._crowd.answered and turmoil.over):
            turmoil.tick(1)
            turmoil.kill(time.monotonic() - began)
            if time.monotonic() > began + ANSWERING + DRAIN_SECONDS:
                raise TimeoutError("patients do not come to an end")
        return turmoil

    def _ring(self, turmoil: Turmoil) -> None:
        """Two hours later the call list is there; the office reaches some."""
        silent = len(self._crowd.booked) - len(self._crowd.answers.given)
        self._rig.clockwork.move(hours=2, minutes=5)
        self._until(turmoil, "call list", lambda: self._count("CALLING") >= silent)
        scene.inside(self._settings, self._ring_up)

    async def _ring_up(self, house: House) -> None:
        ctx = house.ctx(world.HOSPITAL.id, scene.OFFICE)
        calling = [one for one in await cases.cases(ctx, self._schedule) if one.state == "CALLING"]
        dice = random.Random(self._seed)
        for case in dice.sample(calling, min(RUNG_UP, len(calling))):
            called = await cases.log_call(ctx, case.id, case.version, "REACHED", "")
            try:
                await cases.answer_for(ctx, called.id, dice.choice(("other", "refund")))
            except (OfferGone, WrongState):
                await asyncio.sleep(0)

    def _pay_back(self) -> float:
        """The session begins; seconds until everybody has the money and nothing is left."""
        for one in TROUBLES:
            self._rig.sandbox.post("faults", **one.fault())
        self._later, began = Turmoil(self._rig, LATER), time.monotonic()
        self._rig.clockwork.move(days=4)
        while not self._later.over:
            self._later.tick(1)
            self._later.kill(time.monotonic() - began)
        self._until(self._later, "end of the cases", lambda: not self._open_cases())
        self._rig.sandbox.post("clear", what="faults")
        self._until(self._later, "end", lambda: not books.leftovers(self._rig.database), CALM_PACE)
        return time.monotonic() - began

    def _open_cases(self) -> int:
        settled = ["MOVED", "REFUNDED", "CLEARED"]
        return self._rig.database.stop_cases.count_documents({"state": {"$nin": settled}})

    def _count(self, state: str) -> int:
        return self._rig.database.stop_cases.count_documents({"state": state})

    def _until(
        self, turmoil: Turmoil, what: str, holds: Callable[[], bool], pace: float = 1
    ) -> None:
        began = time.monotonic()
        while True:
            try:
                if holds():
                    return
            except AutoReconnect:
                pass
            if time.monotonic() > began + DRAIN_SECONDS:
                print(f"  !! no {what} after {DRAIN_SECONDS:.0f} s")
                return
            turmoil.tick(pace)
