"""Every two commands meet on an appointment of their own, round after round, with pauses before
each write; when all has come to rest the ledger must balance.
"""

import asyncio
import random
from collections import Counter

import msgspec

from booking.appointments.model import SEATED
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from booking.stops import store as stops
from tests.drill.pairs import moments
from tests.drill.pairs.acts import ACTS, SWEEPING, pairs
from tests.drill.pairs.case import Case
from tests.drill.unhindered import UNHINDERED
from tests.helpers.balance import places_exist, view_agrees, waiting_adds_up
from tests.helpers.delays import PAUSES, delayed
from tests.helpers.outpatient import DOCTOR, Outpatient, Patient
from wx_backend.base.errors import AppError

TOLD_ONCE = (
    *("booked", "cancelled", "expired", "unseated", "reseated"),
    *("stopped", "moved", "rebooked", "rescheduled", "released"),
)
MONEY = {
    "HELD": {"OPEN", "LAPSED"},
    "BOOKED": {"PAID"},
    "CANCELLED": {"CLOSED", "REFUNDED"},
    "EXPIRED": {"LAPSED", "CLOSED", "REFUNDED"},
    "STOPPED": {"CLOSED", "REFUNDED"},
    "RESCHEDULED": {"PAID", "REFUNDED"},
}
"""What may have become of an appointment's order, by how the appointment ended."""

PARAMETERS = {**UNHINDERED, "booking.wait_list_first": 1, "booking.return_most_minutes": 15}
"""Who waits comes first."""


class Meeting:
    """Two commands and the case they meet on."""

    def __init__(self, case: Case, acts: tuple[str, str]):
        self.case, self.acts = case, acts

    def __str__(self) -> str:
        return f"{self.acts[0]} and {self.acts[1]}, {self.case.moment}"


class Pairs:
    """``round`` as often as wanted; ``met`` and ``ends`` are what came of it.

    Args:
        seed: decides the moments, the pauses and who begins.
    """

    def __init__(self, clinic: Outpatient, seed: int):
        self._clinic, self._seed = clinic, seed
        self._people: list[tuple[Patient, Patient]] = []
        self.met: Counter[str] = Counter()
        self.ends: dict[str, Counter[str]] = {one: Counter() for one in moments.MOMENTS}
        self.refused: Counter[str] = Counter()

    async def begin(self) -> None:
        """People for every pair, whom nothing hinders."""
        for name, value in PARAMETERS.items():
            await self._clinic.decides(name, value)
        for _ in pairs():
            self._people.append((await self._clinic.patient(), await self._clinic.patient()))

    async def round(self, number: int) -> None:
        """Every pair once, each at one of its moments.

        Raises:
            AssertionError: something does not add up; says which round of which seed.
        """
        dice = random.Random(f"{self._seed}/{number}")
        try:
            await self._clinic.fresh()
            meetings = await self._prepared(dice)
            with delayed(dice):
                await moments.each(meetings, lambda one: self._meet(one, dice))
            await self._rest()
            await self._adds_up(meetings)
        except BaseException as error:
            error.add_note(f"round {number} of seed {self._seed}")
            raise

    async def _prepared(self, dice: random.Random) -> list[Meeting]:
        chosen = [(first, second, dice.choice(common)) for first, second, common in pairs()]
        rooms = await moments.rooms(self._clinic, (moment for _, _, moment in chosen))
        meetings = [
            Meeting(
                Case(self._clinic, moment, people, slots, bool(SWEEPING & {first, second})),
                (first, second),
            )
            for (first, second, moment), people, slots in zip(
                chosen, self._people, rooms, strict=True
            )
        ]
        await moments.begin(self._clinic, [one.case for one in meetings])
        dice.shuffle(meetings)
        return meetings

    async def _meet(self, meeting: Meeting, dice: random.Random) -> None:
        self.met[meeting.case.moment] += 1
        try:
            await asyncio.gather(*(self._act(meeting.case, name, dice) for name in meeting.acts))
        except BaseException as error:
            error.add_note(f"when these met: {meeting}")
            raise

    async def _act(self, case: Case, name: str, dice: random.Random) -> None:
        await asyncio.sleep(dice.choice(PAUSES))
        try:
            await ACTS[name][0](case)
        except AppError as refusal:  # somebody was first; anything but a clear refusal is a defect
            assert refusal.status < 500, refusal
            self.refused[refusal.code] += 1

    async def _rest(self) -> None:
        """Everything that was set off comes to its end."""
        await self._clinic.answered()
        await self._clinic.work()
        await self._clinic.patience(2, minutes=21)
        await self._clinic.refunded()
        await self._clinic.hospital.catch_up()

    async def _adds_up(self, meetings: list[Meeting]) -> None:
        await self._clinic.balanced()
        docs = await self._clinic.docs("appointments")
        asked = [stops.case_of(doc) for doc in await self._clinic.docs("stop_cases")]
        slots = [
            msgspec.convert(doc, Slot) for doc in await self._clinic.docs("slots", doctor=DOCTOR)
        ]
        places_exist(docs, slots, {one.appointment for one in asked if one.open})
        waiting_adds_up(await self._clinic.docs("waiting"), docs, at_rest=True)
        view_agrees(schedules.availability(self._clinic.house), slots, docs)
        for kind in TOLD_ONCE:
            told = [event["subject"] for event in await self._clinic.events(f"appointment.{kind}")]
            assert len(told) == len(set(told)), kind
        for one in meetings:
            await self._ended(one)

    async def _ended(self, meeting: Meeting) -> None:
        case = meeting.case
        found, order = await self._clinic.now(case.held), await self._clinic.order(case.held)
        self.ends[case.moment][found.state] += 1
        assert order is None or order.state in MONEY[found.state], (str(meeting), found, order)
        if case.slot.fee_fen and found.state in SEATED - {"HELD"}:
            assert order is not None, (str(meeting), found)
