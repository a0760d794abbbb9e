"""Patients who book, pay, change their minds and let holds run out, until they are sent home.

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

FIRST = 100
"""Of the sandbox's crowd, the first with nobody to act for."""

THREADS = 16
LOOK_SECONDS = 0.3
PATIENCE = 25.0
FATES = {"keep": 6, "cancel": 5, "drop": 2, "run_out": 3, "late": 4, "walk_away": 2}
"""How often patients: keep their number; cancel it; give the hold back; never pay; pay after the
hold ran out; pay and close the page at once."""

TWICE = 0.3
"""Share of commands that are sent again although they were answered, with the same key."""


@dataclass
class Journal:
    """What patients asked for, and what they were told."""

    asked: Counter[str] = field(default_factory=Counter)
    held: dict[str, str] = field(default_factory=dict)
    """Appointment id by key, as answered."""
    booked: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    refusals: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    """Answers that must never be given."""


class Crowd(Visitors):
    """``THREADS`` patients at a time."""

    def __init__(self, web: str, sandbox: Sandbox, slots: list[str], seed: int):
        self.journal = Journal()
        super().__init__(web, sandbox, FIRST, THREADS, self.journal.refusals)
        self._slots, self._seed = slots, seed

    def visit(self, me: Patient) -> None:
        dice = random.Random(f"{self._seed}:{me.n}")
        self.journal.asked["held"] += 1
        key = f"key-{self._seed}-{me.n}"
        slot = dice.choice(self._slots)
        appointment = me.hold(slot, key)["id"]
        self.journal.held[key] = appointment
        if dice.random() < TWICE and me.hold(slot, key)["id"] != appointment:
            self.journal.surprises.append(f"{key} has made two appointments")
        [fate] = dice.choices([*FATES], [*FATES.values()])
        getattr(self, f"_{fate}")(me, appointment, dice)

    def _keep(self, me: Patient, appointment: str, dice: random.Random) -> None:
        self._pay(me, appointment)
        self._see(me, appointment, "BOOKED")

    def _walk_away(self, me: Patient, appointment: str, dice: random.Random) -> None:
        self._pay(me, appointment)

    def _cancel(self, me: Patient, appointment: str, dice: random.Random) -> None:
        self._pay(me, appointment)
        if self._see(me, appointment, "BOOKED"):
            self._give_back(me, appointment, dice)

    def _drop(self, me: Patient, appointment: str, dice: random.Random) -> None:
        if dice.random() < 0.5:
            me.open_payment(appointment)
        self._give_back(me, appointment, dice)

    def _run_out(self, me: Patient, appointment: str, dice: random.Random) -> None:
        if dice.random() < 0.5:
            me.open_payment(appointment)

    def _late(self, me: Patient, appointment: str, dice: random.Random) -> None:
        prepay = me.open_payment(appointment)
        self._see(me, appointment, "EXPIRED")
        self._pay_sheet(me, prepay)

    def _pay(self, me: Patient, appointment: str) -> None:
        self._pay_sheet(me, me.open_payment(appointment))

    def _pay_sheet(self, me: Patient, prepay: str) -> None:
        self.journal.asked["paid"] += 1
        try:
            me.pay(prepay)
        except Refused:
            self.journal.refusals["payment order closed"] += 1

    def _give_back(self, me: Patient, appointment: str, dice: random.Random) -> None:
        self.journal.asked["cancelled"] += 1
        me.cancel(appointment)
        self.journal.cancelled.add(appointment)
        if dice.random() < TWICE:
            me.cancel(appointment)

    def _see(self, me: Patient, appointment: str, state: str) -> bool:
        """Looks until the appointment is in ``state``; False when patience ends first."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            now = me.look(appointment)["state"]
            if now == "BOOKED":
                self.journal.booked.add(appointment)
            if now == state:
                return True
            time.sleep(LOOK_SECONDS)
        self.journal.refusals[f"not {state} in time"] += 1
        return False
