"""People around a waiting list: who has a number and gives it back, and who waits for one.

What they were answered is kept in a journal: nobody may have been told of a success that is not in
the database.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.drill.patient import Patient
from tests.drill.visitors import Visitors
from wx_backend.entrypoints.demo.phone import Refused, Sandbox

FIRST = 5000
"""Of the sandbox's crowd, the first with nobody to act for."""

THREADS = 18
LOOK_SECONDS = 0.4
PATIENCE = 20.0
PAUSE = 0.7
"""Seconds between two who give their number back."""

FATES = {"take": 6, "decline": 2, "ignore": 3}
PAID, FICKLE, TWICE, RESTLESS = 0.8, 0.4, 0.3, 0.5
"""Shares: of owners who have paid; of takers who give the number back again; of commands that are
sent twice; of those who leave when nothing comes."""

OVER = ("hold_expired", "wrong_state", "order_closed")
"""What somebody is told who was too slow."""


@dataclass
class Journal:
    """What patients were told."""

    joined: dict[str, str] = field(default_factory=dict)
    """Entry by key."""
    taken: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)
    refusals: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)


class Line(Visitors):
    """``fill`` the slots, ``come``, ``go_home``."""

    def __init__(self, web: str, sandbox: Sandbox, slots: list[str], seed: int):
        self.journal = Journal()
        super().__init__(web, sandbox, FIRST, THREADS, self.journal.refusals)
        self._slots, self._seed = slots, seed
        self._owners: list[tuple[Patient, str]] = []

    def fill(self) -> None:
        """Every number of the slots is somebody's; some have not paid and never will."""
        tries = self._pool.map(self._own, [slot for slot in self._slots for _ in range(5)])
        self._owners = [owner for owner in tries if owner]

    def _own(self, slot: str) -> tuple[Patient, str] | None:
        me = self.newcomer()
        dice = random.Random(f"{self._seed}:{me.n}")
        try:
            held = me.hold(slot, f"own-{self._seed}-{me.n}")["id"]
        except Refused:
            return None
        if dice.random() >= PAID:
            return None
        me.pay(me.open_payment(held))
        return me, held

    def come(self) -> None:
        super().come()
        self.meanwhile(self._give_back)

    def _give_back(self) -> None:
        """Owners change their minds, one after the other."""
        time.sleep(PAUSE)
        if self._owners:
            me, held = self._owners.pop(0)
            me.cancel(held)

    def visit(self, me: Patient) -> None:
        dice = random.Random(f"{self._seed}:{me.n}")
        slot, scope = dice.choice(self._slots), dice.choice(("slot", "slot", "session", "day"))
        key = f"wait-{self._seed}-{me.n}"
        try:
            entry = me.join(slot, key, scope)["id"]
        except Refused as error:
            self._book(me, slot, error)
            return
        self.journal.joined[key] = entry
        if dice.random() < TWICE and me.join(slot, key, scope)["id"] != entry:
            self.journal.surprises.append(f"{key} has made two entries")
        [fate] = dice.choices([*FATES], [*FATES.values()])
        if found := self._offered(me, entry):
            getattr(self, f"_{fate}")(me, entry, found, dice)
        elif dice.random() < RESTLESS:
            self._leave(me, entry)

    def _book(self, me: Patient, slot: str, error: Refused) -> None:
        """There is a number after all; or something else of the day has one."""
        if error.code != "waiting_not_full":
            raise error
        self.journal.refusals[error.code] += 1
        held = me.hold(slot, f"own-{self._seed}-{me.n}")["id"]
        me.pay(me.open_payment(held))
        self._owners.append((me, held))

    def _offered(self, me: Patient, entry: str) -> str | None:
        """The number that was found; None when patience ends first."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            shown = me.entry(entry)
            if shown["state"] == "OFFERED":
                return shown["appointment"]
            time.sleep(LOOK_SECONDS)
        return None

    def _take(self, me: Patient, entry: str, found: str, dice: random.Random) -> None:
        me.pay(me.open_payment(found))
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if me.entry(entry)["state"] == "TAKEN":
                self.journal.taken.add(entry)
                break
            time.sleep(LOOK_SECONDS)
        if dice.random() < FICKLE:
            me.cancel(found)

    def _decline(self, me: Patient, entry: str, found: str, dice: random.Random) -> None:
        self._leave(me, entry)

    def _ignore(self, me: Patient, entry: str, found: str, dice: random.Random) -> None:
        """It runs out, and is the next one's."""

    def _leave(self, me: Patient, entry: str) -> None:
        try:
            me.leave(entry)
        except Refused as error:
            if error.code not in OVER:
                raise
            self.journal.refusals[error.code] += 1
        else:
            self.journal.left.add(entry)
