"""One drill from the first patient to the ledger."""

import random
import time
from collections import Counter
from collections.abc import Iterator

from pymongo.errors import AutoReconnect

from tests.drill import books, checks, figures, scene
from tests.drill.books import Books
from tests.drill.crowd import Crowd
from tests.drill.plan import REDIS, Plan, Trouble
from tests.drill.rig import Rig
from tests.drill.turmoil import TICK, Turmoil
from wx_backend.base import settings
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.demo.phone import Refused

HOLD_MINUTES = 10
PACE = 60.0
"""Seconds of business time in each real second: a hold lasts ten of them."""

LEAVE_SECONDS = 120
DRAIN_SECONDS = 180
DEPARTMENT = "neurology"
DAYS = slice(6, 10)
"""Which days everybody wants: far enough that a moved clock does not reach them."""

VIEW_SECONDS = 5
"""The view follows each second; until then a place just freed is not offered."""

REBOOKED = 20


class Run:
    """One plan on one rig."""

    def __init__(self, rig: Rig, plan: Plan, seconds: float, seed: int):
        self._rig, self._plan, self._seconds = rig, plan, seconds
        hospital = {"booking.hold_minutes": HOLD_MINUTES, **scene.ALWAYS_OPEN}
        scene.decide(settings.load(rig.environment), hospital)
        self._crowd = Crowd(rig.web, rig.sandbox, self._wanted(), seed)
        self._turmoil = Turmoil(rig, plan.schedule(random.Random(seed), seconds))
        self._current: list[Trouble] = []
        self._redis_gone: float | None = None

    def _wanted(self) -> list[str]:
        """A few dozen slots of one doctor: there are more patients than places."""
        docs = self._rig.database.slots.find({"department_id": world.DEPARTMENTS[DEPARTMENT].id})
        dates: dict[str, list[str]] = {}
        for doc in docs:
            dates.setdefault(doc["visit_date"], []).append(doc["_id"])
        return [slot for date in sorted(dates)[DAYS] for slot in dates[date]]

    def play(self) -> list[str]:
        """Patients, faults and kills; the rest is done by the sweeps; what does not balance."""
        try:
            self._rush()
        finally:
            self._crowd.close()
        self._rig.sandbox.post("clear", what="faults")
        drained = self._drain()
        found = books.read(self._rig.database, self._rig.sandbox)
        print(f"  kill -9: {self._turmoil.said()}; Redis: {self._redis_said()}")
        print(f"  hints lost when it was emptied: {self._rig.hints_lost}")
        print(f"  the work left over was done within {drained:.0f} s\n")
        print(figures.table(found, self._crowd.journal))
        return [*checks.problems(found), *self._promises(found), *self._view(found)]

    def _rush(self) -> None:
        began = time.monotonic()
        self._crowd.come()
        while (now := time.monotonic() - began) < self._seconds or not self._over():
            if now > self._seconds:
                self._crowd.go_home()
            if now > self._seconds + LEAVE_SECONDS:
                raise TimeoutError("patients do not come to an end")
            self._turmoil.tick(PACE)
            self._trouble(now / self._seconds)
            self._turmoil.kill(now)

    def _over(self) -> bool:
        """The patients have left, nothing more is to be killed and everything is up again."""
        return self._crowd.gone and self._turmoil.over

    def _trouble(self, share: float) -> None:
        """Sets the faults of this share of the run, if they are others than before."""
        current = [one for one in self._plan.troubles if one.begins <= share < one.ends]
        if current != self._current:
            self._rig.sandbox.post("clear", what="faults")
            for one in current:
                self._rig.sandbox.post("faults", **one.fault())
            self._current = current
        gone = self._plan.redis_gone
        if self._redis_gone is None and gone is not None and share >= gone:
            self._rig.lose(REDIS)
            self._redis_gone = time.monotonic()

    def _redis_said(self) -> str:
        if self._redis_gone is None:
            return "there all the time"
        return f"gone for the last {time.monotonic() - self._redis_gone:.0f} s"

    def _drain(self) -> float:
        """Nobody asks for anything; all that is due is done. Seconds it took."""
        began = time.monotonic()
        while left := self._unfinished():
            if time.monotonic() > began + DRAIN_SECONDS:
                print(f"  !! unfinished after {DRAIN_SECONDS} s: {dict(left)}")
                break
            self._turmoil.tick(self._plan.rest_hours * 3600)
        return time.monotonic() - began

    def _unfinished(self) -> Counter[str]:
        try:
            held = self._rig.database.appointments.count_documents({"state": "HELD"})
            return books.leftovers(self._rig.database) + Counter({"holds": held})
        except AutoReconnect:  # who was killed last is not back yet
            return Counter({"no database": 1})

    def _promises(self, found: Books) -> Iterator[str]:
        """Whatever a patient was told is so."""
        journal = self._crowd.journal
        yield from journal.surprises
        stored = {one["_id"]: one for one in found.appointments}
        for key, appointment in journal.held.items():
            if appointment not in stored:
                yield f"{key} was answered {appointment}, which does not exist"
        seated = {
            one["subject"]
            for one in found.events
            if one["action"] in ("event:appointment:booked", "event:appointment:reseated")
        }
        yield from (f"{one} was shown as booked" for one in journal.booked - seated)
        for one in journal.cancelled:
            if stored.get(one, {}).get("state") != "CANCELLED":
                yield f"{one} was answered as cancelled"

    def _view(self, found: Books) -> Iterator[str]:
        """The web's view of free places is what the index says, and they can be booked."""
        seated = Counter(one["slot"] for one in found.appointments if "active" in one)
        freed = {one["slot"] for one in found.appointments if "active" not in one}
        end = time.monotonic() + VIEW_SECONDS
        while differing := {
            slot: (free, left)
            for slot, free in self._shown().items()
            if free != (left := found.slots[slot]["capacity"] - seated[slot])
        }:
            if time.monotonic() > end:
                break
            time.sleep(TICK)
        for slot, (free, left) in differing.items():
            yield f"slot {slot} is shown with {free} free places, there are {left}"
        again = sorted(slot for slot in freed if self._shown().get(slot))[:REBOOKED]
        for slot in again:
            try:
                self._crowd.newcomer().hold(slot, f"again-{slot}")
            except Refused as error:
                yield f"a freed place of {slot} cannot be booked: {error.code}"
        if not differing:
            print(f"  view and index agree; places freed and now booked again: {len(again)}")

    def _shown(self) -> dict[str, int]:
        """Free places by slot, as patients see them."""
        phone = self._crowd.newcomer().phone
        unit = world.DEPARTMENTS[DEPARTMENT].id
        dates = phone.get(f"departments/{unit}/dates")["items"]
        return {
            slot["id"]: slot["free"]
            for day in dates
            for doctor in phone.get(f"departments/{unit}/slots", date=day["date"])["doctors"]
            for slot in doctor["slots"]
            if slot["state"] in ("free", "full")
        }
