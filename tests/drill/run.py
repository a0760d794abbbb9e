"""One drill from the first patient to the ledger."""

import random
import time
from collections import Counter, deque
from collections.abc import Iterator
from datetime import timedelta

from tests.drill import books, checks, figures, scene
from tests.drill.crowd import Crowd
from tests.drill.patient import Patient
from tests.drill.plan import REDIS, Kill, Plan
from tests.drill.rig import Rig
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.demo.phone import Refused

HOLD_MINUTES = 5
PACE = 30.0
"""Seconds of business time that pass in each real second: a hold lasts ten of them."""

TICK = 0.1
LEAVE_SECONDS = 60
DRAIN_SECONDS = 180
REBOOKED = 20


class Run:
    """``problems`` is empty when the ledger balances."""

    def __init__(self, rig: Rig, plan: Plan, seconds: float, seed: int):
        self._rig, self._plan, self._seconds = rig, plan, seconds
        scene.shorten_holds(rig.environment, HOLD_MINUTES)
        self._slots = self._contended_slots()
        self._crowd = Crowd(rig.web, rig.sandbox, self._slots, seed)
        self._kills = deque(plan.schedule(random.Random(seed), seconds))
        self._killed: Counter[str] = Counter()
        self._troubles: list = []
        self._redis = True
        self._moved = 0.0

    def play(self) -> list[str]:
        """Patients, faults and kills; then everything left is done by the sweeps; the ledger."""
        try:
            self._rush()
        finally:
            self._crowd.close()
        self._rig.sandbox.post("clear", what="faults")
        drained = self._drain()
        found = books.read(self._rig.database, self._rig.sandbox)
        print(f"  killed: {dict(self._killed) or 'nobody'}; Redis {'up' if self._redis else 'gone'}")
        print(f"  work left over was done within {drained:.0f} s\n")
        print(figures.table(found, self._crowd.journal))
        return [*checks.problems(found), *self._broken_promises(found), *self._view(found)]
