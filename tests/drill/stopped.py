"""The patients of a session that is stopped: they book and pay, and some answer when asked.

What they were answered is kept: nobody may have been told of a choice that does not hold.
"""

import asyncio
import random
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from booking.appointments import service as appointments
from booking.appointments.model import Hold
from booking.payments.model import JSAPI
from booking.stops.model import case_id
from tests.drill import scene
from tests.drill.patient import Patient, about
from wx_backend.base.context import Actor, House
from wx_backend.base.settings import Settings
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints import upkeep
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.demo.phone import Refused, Sandbox
from wx_backend.entrypoints.sandbox import people as wechat_users
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients.model import AddPerson

FIRST = 8000
"""Of the sandbox's crowd, the first with nobody to act for."""

THREADS = 16
PATIENCE = 90.0
CHOICES = {"same": 20, "other": 12, "refund": 13, "": 55}
"""Out of a hundred: the colleague, another date, the money back, no answer at all."""

TWICE = 0.3
"""Share of answers that are sent again."""

GONE = "stop_offer_gone"
"""The colleague's numbers are all given out: who is asked again takes the money."""


class Booked(NamedTuple):
    patient: Patient
    appointment: str
    choice: str


@dataclass
class Answers:
    """What patients were told."""

    given: dict[str, str] = field(default_factory=dict)
    """Choice by appointment, as acknowledged."""
    refusals: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)


class Crowd:
    """``book`` the session, then ``answer``."""

    def __init__(self, web: str, sandbox: Sandbox, seed: int):
        self._web, self._sandbox, self._seed = web, sandbox, seed
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="stopped")
        self._answering: list[Future[None]] = []
        self.booked: list[Booked] = []
        self.answers = Answers()

    def book(self, settings: Settings, slots: list[str]) -> None:
        """One patient for each of ``slots``, paid; those who will answer have their phone open."""
        made = scene.inside(settings, partial(_book, slots, self._seed))
        self.booked = [
            task.result() for task in [self._pool.submit(self._pay, *one) for one in made]
        ]

    def _pay(self, n: int, appointment: str, prepay: str) -> Booked:
        me = Patient(self._web, self._sandbox, FIRST + n, lambda: time.sleep(0.2))
        dice = random.Random(f"{self._seed}:{n}")
        [choice] = dice.choices([*CHOICES], [*CHOICES.values()])
        me.pay(prepay)
        if choice:
            me.sign_in()
        return Booked(me, appointment, choice)

    def answer(self) -> None:
        """Those who mean to answer do so as soon as they are asked, in any order."""
        dice = random.Random(self._seed)
        mine = [one for one in self.booked if one.choice]
        dice.shuffle(mine)
        self._answering = [self._pool.submit(self._answer, one) for one in mine]

    @property
    def answered(self) -> bool:
        """Raises what a patient could not cope with."""
        done = [task for task in self._answering if task.done()]
        for task in done:
            task.result()
        return len(done) == len(self._answering)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _answer(self, one: Booked) -> None:
        case, end = case_id(one.appointment), time.monotonic() + PATIENCE
        while not (shown := one.patient.asked(case)):
            if time.monotonic() > end:
                self.answers.surprises.append(f"nobody asked about {one.appointment}")
                return
            time.sleep(0.3)
        dice = random.Random(f"{self._seed}:answer:{one.patient.n}")
        there = {offer["choice"] for offer in shown["offers"]}
        wanted = one.choice if one.choice in there else "refund"
        choice = self._choose(one.patient, case, wanted)
        self.answers.given[one.appointment] = choice
        if dice.random() < TWICE:
            self._again(one.patient, case, choice)

    def _choose(self, me: Patient, case: str, choice: str) -> str:
        """The choice that was acknowledged."""
        try:
            me.answer(case, choice)
        except Refused as error:
            self.answers.refusals[error.code] += 1
            if error.code != GONE:
                raise
            me.answer(case, "refund")
            return "refund"
        return choice

    def _again(self, me: Patient, case: str, choice: str) -> None:
        if me.answer(case, choice)["choice"] != choice:
            self.answers.surprises.append(f"{case} was answered otherwise the second time")


async def _book(slots: list[str], seed: int, house: House) -> list[tuple[int, str, str]]:
    """A new patient for each slot, by the services themselves: number, appointment, prepay id."""
    await upkeep.load(house)
    ctx = house.ctx(world.HOSPITAL.id)
    channel = await institutions.channel_for(ctx, "wechat")
    gate = asyncio.Semaphore(THREADS)

    async def one(n: int, slot: str) -> tuple[int, str, str]:
        async with gate:
            openid = wechat_users.by_key(f"crowd-{FIRST + n}").openid
            account = await accounts.sign_in(ctx, channel, OpenIdentity(openid=openid))
            actor = Actor("account", account.id)
            me = house.ctx(world.HOSPITAL.id, actor, channel=channel.id)
            person = await patients.add(me, AddPerson(**about(FIRST + n)))
            command = Hold(slot, person.patient_id)
            held = await appointments.hold(me, command, f"stop-{seed}-{n}")
            ticket = await appointments.pay(me, held.id, JSAPI, "127.0.0.1")
            return n, held.id, ticket.jsapi["package"].removeprefix("prepay_id=")

    return await asyncio.gather(*(one(n, slot) for n, slot in enumerate(slots)))
