"""``waiting``: numbers of full clinics come back and are offered to who waits, while web, worker,
beat, Redis and mongod are killed; afterwards the days go by until every list is cleared.

Business time runs 121 times as fast as the clock on the wall: an offer lasts half a minute.
"""

import random
import time
from collections.abc import Iterator

from tests.drill import books, checks, scene
from tests.drill.line import Line
from tests.drill.plan import REDIS, Plan
from tests.drill.queue_ledger import problems, table
from tests.drill.rig import Rig
from tests.drill.turmoil import Turmoil
from wx_backend.base import settings
from wx_backend.entrypoints.demo import world

ABOUT = "offers taken, declined and let go; kill -9 of web, worker, beat, Redis and mongod"
SECONDS, LEAVE_SECONDS, DRAIN_SECONDS = 45.0, 60.0, 90.0
PACE, REST_PACE, CALM_PACE = 120.0, 3 * 3600.0, 1800.0
"""Seconds that business time gains in each second: while patients come, until nothing is open, and
at the end: what the platform says of a send whose outcome a crash left unknown is looked at for
hours before it is left to a person."""

HOSPITAL = {
    **scene.ALWAYS_OPEN,
    "booking.hold_minutes": 30,
    "booking.wait_list_pay_hours": 1,
}
DEPARTMENT, DAYS = "neurology", slice(2, 4)
SLOTS = 6
KILLS = Plan(ABOUT, kills={"web": 4, "worker": 4, "beat": 3, "mongod": 2, REDIS: 2})


class Run:
    """One run on one rig."""

    def __init__(self, rig: Rig, seed: int):
        self._rig = rig
        scene.decide(settings.load(rig.environment), HOSPITAL)
        self._line = Line(rig.web, rig.sandbox, self._slots(random.Random(seed)), seed)
        self._seed = seed

    def _slots(self, dice: random.Random) -> list[str]:
        """Some slots of two days of one doctor."""
        unit = world.DEPARTMENTS[DEPARTMENT].id
        docs = list(self._rig.database.slots.find({"department_id": unit}))
        dates = sorted({doc["visit_date"] for doc in docs})[DAYS]
        return dice.sample(sorted(d["_id"] for d in docs if d["visit_date"] in dates), SLOTS)

    def play(self) -> list[str]:
        """What does not balance in the end."""
        try:
            self._line.fill()
            turmoil = Turmoil(self._rig, KILLS.schedule(random.Random(self._seed), SECONDS))
            self._rush(turmoil)
        finally:
            self._line.close()
        drained = self._drain(turmoil)
        found = books.read(self._rig.database, self._rig.sandbox)
        entries = list(self._rig.database.waiting.find({}, {"outbox": 0}))
        print(f"  kill -9: {turmoil.said()}; everything settled {drained:.0f} s later")
        print(table(found, entries, self._line.journal))
        return [
            *checks.problems(found),
            *problems(found, entries, self._line.journal),
            *self._kept(),
        ]

    def _rush(self, turmoil: Turmoil) -> None:
        began = time.monotonic()
        self._line.come()
        while (now := time.monotonic() - began) < SECONDS or not self._over(turmoil):
            if now > SECONDS:
                self._line.go_home()
            if now > SECONDS + LEAVE_SECONDS:
                raise TimeoutError("patients do not come to an end")
            turmoil.tick(PACE)
            turmoil.kill(now)

    def _over(self, turmoil: Turmoil) -> bool:
        return self._line.gone and turmoil.over

    def _drain(self, turmoil: Turmoil) -> float:
        """The days go by; seconds until nothing is open any more."""
        began = time.monotonic()
        while time.monotonic() < began + DRAIN_SECONDS and self._unsettled():
            turmoil.tick(REST_PACE)
        while time.monotonic() < began + DRAIN_SECONDS and books.leftovers(self._rig.database):
            turmoil.tick(CALM_PACE)
        return time.monotonic() - began

    def _unsettled(self) -> int:
        database = self._rig.database
        waiting = database.waiting.count_documents({"state": {"$in": ["WAITING", "OFFERED"]}})
        return waiting + database.appointments.count_documents({"state": "HELD"})

    def _kept(self) -> Iterator[str]:
        """No number is kept for nobody."""
        kept = self._rig.database.appointments.count_documents({"returns_at": {"$ne": None}})
        if kept:
            yield f"{kept} numbers are still kept"
