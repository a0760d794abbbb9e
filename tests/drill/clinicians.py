"""Staff with phones in a drill: they see what WeCom shows them, read it back, pass it on and handle
it. Some never answer.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor

import requests

from tests.drill.patient import unanswered
from tests.helpers.wards import Team
from wx_backend.entrypoints.demo.phone import Refused, StaffPhone
from wx_backend.identity.staff.model import Member

ALERTS = "critical/alerts"
LIST = "/doctor/alerts"
PHYSICIANS = ("duty_doctor", "director")
THREADS = 6
LOOK_SECONDS = (0.5, 1.5)
OVERTAKEN = frozenset({"wrong_state"})
"""Refusals that mean somebody was first."""


class Clinician:
    """One member; ``answers`` or never looks at the phone.

    Args:
        physicians: whom they ring up, the first who answers.
    """

    def __init__(self, web: str, member: Member, seat: str, answers: bool):
        self.phone = StaffPhone(web, member.wecom)
        self.member, self.seat, self.answers = member, seat, answers
        self.physicians: list[Clinician] = []
        self.todo: set[str] = set()
        self.done: set[str] = set()
        self.acts: Counter[str] = Counter()

    @property
    def physician(self) -> bool:
        return self.seat in PHYSICIANS

    def look(self) -> None:
        """Opens every card that is new, and goes on with what is not done. Raises Refused."""
        for card in self.phone.cards():
            self.todo |= self._about(card.get("url", "")) - self.done
        for key in sorted(self.todo):
            if self._act(key):
                self.done.add(key)
                self.todo.discard(key)

    def _about(self, url: str) -> set[str]:
        """The alerts that a card leads to."""
        if url == LIST:
            mine = self.phone.get(f"{ALERTS}/mine")["items"]
            return {one["id"] for one in mine}
        return {url.removeprefix(f"{LIST}/")} if url.startswith(LIST) else set()

    def _act(self, key: str) -> bool:
        """The next act upon an alert; True when there is nothing more to be done by this one."""
        alert = self.phone.get(f"{ALERTS}/{key}")["alert"]
        state = alert["state"]
        if state == "RAISED":
            self._post(alert, "receive", item=alert["item"], value=alert["value"])
        elif state == "RECEIVED":
            self._pass_on(alert)
        elif state == "PHYSICIAN_NOTIFIED" and self.physician:
            self._post(alert, "handle", measures=["RECHECK", "INFUSION"], note="补钾")
        else:
            return True
        return False

    def _pass_on(self, alert: dict) -> None:
        """A physician takes it over; a nurse rings one up, who has it in hand from then on."""
        free = [self] if self.physician else [one for one in self.physicians if one.answers]
        if free:
            told = free[0]
            how = "FACE" if told is self else "PHONE"
            self._post(alert, "physician", physician=told.member.id, how=how)
            told.todo.add(alert["id"])

    def _post(self, alert: dict, act: str, **said: object) -> None:
        try:
            self.phone.post(f"{ALERTS}/{alert['id']}/{act}", version=alert["version"], **said)
        except Refused as error:
            if error.code not in OVERTAKEN:
                raise
        else:
            self.acts[act] += 1


class Staff:
    """Everybody on duty in these wards; ``silent`` are (ward, seat) that never answer."""

    def __init__(self, web: str, teams: Iterable[Team], silent: set[tuple[str, str]], seed: int):
        self.people = [
            one
            for team in teams
            for one in _ward(web, team, {seat for ward, seat in silent if ward == team.ward})
        ]
        self._dice = random.Random(seed)
        self._home = threading.Event()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="staff")
        self._threads: list[Future[None]] = []
        self.troubles: Counter[str] = Counter()
        """Looks that came to nothing, by why."""

    def begin(self) -> None:
        """Everybody who answers signs in and looks at the phone from now on."""
        awake = [one for one in self.people if one.answers]
        for one in awake:
            one.phone.sign_in()
        self._threads = [self._pool.submit(self._look, awake[n::THREADS]) for n in range(THREADS)]

    def check(self) -> None:
        """Raises what somebody could not cope with."""
        for thread in self._threads:
            if thread.done():
                thread.result()

    def close(self) -> None:
        self._home.set()
        self._pool.shutdown()

    def acts(self) -> Counter[str]:
        return sum((one.acts for one in self.people), Counter())

    def _look(self, some: list[Clinician]) -> None:
        while not self._home.wait(self._dice.uniform(*LOOK_SECONDS)):
            for one in some:
                try:
                    one.look()
                except (Refused, requests.RequestException) as error:
                    if not unanswered(error):
                        raise
                    self.troubles[type(error).__name__] += 1
                    time.sleep(0.1)


def _ward(web: str, team: Team, silent: set[str]) -> list[Clinician]:
    people = [
        Clinician(web, member, seat, seat not in silent) for seat, member in team.people.items()
    ]
    physicians = [one for seat in PHYSICIANS for one in people if one.seat == seat]
    for one in people:
        one.physicians = physicians
    return people
