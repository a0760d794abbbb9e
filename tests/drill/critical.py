"""``critical``: 2,000 laboratory messages in a minute, 30 of them critical, without Redis; web,
worker, gateway and mongod are killed once each, and WeCom silently drops one card in ten.

Business time runs ten and then twenty times as fast as the clock on the wall, so that a ladder of
half an hour is climbed while everybody watches.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator

from tests.drill import alerts, books
from tests.drill.alerts import Ledger
from tests.drill.clinicians import Staff
from tests.drill.laboratory import Laboratory
from tests.drill.plan import REDIS, Kill
from tests.drill.rig import Rig
from tests.drill.turmoil import Turmoil
from tests.helpers.wards import Team, staffed
from wx_backend.base import settings
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.demo.world import HOSPITAL

ABOUT = "2,000 reports in a minute, 30 critical; no Redis; kills; WeCom drops one card in ten"
MINUTE = 60.0
REPORTS, CRITICAL = 2000, 30
WARDS = 6
SILENT = {
    ("WB03", "duty_doctor"),
    ("WB04", "duty_doctor"),
    ("WB04", "duty_nurse"),
    *(("WB05", seat) for seat in ("duty_doctor", "duty_nurse", "head_nurse", "director")),
}
"""One doctor never answers; one ward's doctor and nurse; nobody at all of another ward."""

VICTIMS = ("gateway", "mongod", "web", "worker", "urgent")
KILLED = (0.25, 0.75)
"""The share of the minute in which somebody is killed."""

SEND = "/qy/cgi-bin/message/send"
DROPPED = 0.1
PACE, DRAIN_PACE = 9.0, 19.0
"""Seconds that business time gains in each second, while reports come and afterwards."""

LONGER = 60.0
"""Seconds after which whatever is not accepted by then is an error."""

DRAIN_SECONDS = 300.0


class Run:
    """One run on one rig."""

    def __init__(self, rig: Rig, seed: int):
        self._rig, self._seed = rig, seed
        teams = self._teams()
        self._laboratory = Laboratory(rig.gateway, teams, REPORTS, CRITICAL, MINUTE, seed)
        self._staff = Staff(rig.web, teams, SILENT, seed)
        self._turmoil = Turmoil(rig, schedule(seed))

    def _teams(self) -> list[Team]:
        async def make() -> list[Team]:
            house = wiring.build(settings.load(self._rig.environment))
            try:
                return await staffed(house.ctx(HOSPITAL.id), WARDS)
            finally:
                wiring.close(house)

        return asyncio.run(make())

    def play(self) -> list[str]:
        """What does not balance in the end."""
        self._rig.lose(REDIS)
        fault = {"endpoint": SEND, "kind": "wecom_drop", "probability": DROPPED, "times": None}
        self._rig.sandbox.post("faults", **fault)
        try:
            self._staff.begin()
            self._laboratory.admit()
            self._rush()
            drained = self._drain()
        finally:
            self._staff.close()
            self._laboratory.close()
        settled = self._settle()
        accepted, critical = self._laboratory.accepted, self._laboratory.critical
        ledger = alerts.read(self._rig.database, self._rig.sandbox, accepted, critical)
        print(f"  kill -9: {self._turmoil.said()}; Redis: never there")
        print(
            f"  everybody handled or escalated {drained:.0f} s later, quiet after {settled:.0f} s"
        )
        print(alerts.table(ledger, self._troubles()))
        return [*alerts.problems(ledger), *self._quiet(ledger)]

    def _rush(self) -> None:
        began = time.monotonic()
        self._laboratory.begin()
        while not (self._laboratory.done and self._turmoil.over):
            now = time.monotonic() - began
            if now > MINUTE + LONGER:
                raise TimeoutError("the laboratory does not come to an end")
            self._turmoil.tick(PACE)
            self._turmoil.kill(now)
            self._staff.check()

    def _drain(self) -> float:
        """Until everything is handled or has been escalated to the end. Seconds it took."""
        return self._until(self._acted, DRAIN_PACE)

    def _settle(self) -> float:
        """Until nothing is on its way any more; business time stands still."""
        return self._until(lambda: not self._moving(), 0.0)

    def _until(self, holds: Callable[[], bool], pace: float) -> float:
        began = time.monotonic()
        while not holds():
            if time.monotonic() > began + DRAIN_SECONDS:
                print(f"  !! unfinished after {DRAIN_SECONDS:.0f} s: {dict(self._moving())}")
                break
            self._turmoil.tick(pace)
        return time.monotonic() - began

    def _acted(self) -> bool:
        ends = {"$or": [{"state": {"$in": alerts.HANDLED}}, {"rung": {"$gte": 4}}]}
        return self._rig.database.alerts.count_documents(ends) >= CRITICAL

    def _moving(self) -> Counter[str]:
        """Facts that have not reached everybody yet."""
        found = books.untold(self._rig.database)
        tables = self._rig.database
        for name in tables.list_collection_names():
            if name.startswith("hl7_inbox_"):
                found["received messages"] += tables[name].count_documents({"state": "RECEIVED"})
        found["confirmations"] = tables.lis_confirmations.count_documents({"state": "DUE"})
        return +found

    def _troubles(self) -> dict[str, Counter]:
        return {
            "not accepted at once": self._laboratory.refused,
            "phones without an answer": self._staff.troubles,
            "acts of staff": self._staff.acts(),
        }

    def _quiet(self, ledger: Ledger) -> Iterator[str]:
        yield from (f"left over: {count} {what}" for what, count in self._moving().items())
        if len(ledger.accepted) != REPORTS:
            yield f"{REPORTS - len(ledger.accepted)} reports were never accepted"


def schedule(seed: int) -> list[Kill]:
    """Each victim once, in an order of the dice, each in a part of its own of the middle. Pure."""
    dice, (first, last) = random.Random(seed), KILLED
    victims = dice.sample(VICTIMS, len(VICTIMS))
    part = (last - first) * MINUTE / len(victims)
    return [
        Kill(first * MINUTE + (n + dice.random()) * part, victim)
        for n, victim in enumerate(victims)
    ]
