"""Any two things may happen to one appointment at the same moment: places and money add up."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import combinations_with_replacement

import pytest

from booking.appointments import expiry
from booking.appointments import service as appointments
from booking.appointments.model import Appointment
from booking.schedules.model import Slot
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, Patient, prepay_of
from wx_backend.base.errors import AppError

pytestmark = IN_ONE_LOOP

ROUNDS = 30
KEY = "key-of-the-form"


class Case:
    """One appointment with an open payment, about to meet two things at once."""

    def __init__(self, clinic: Outpatient, patient: Patient, slot: Slot):
        self.clinic, self.patient, self.slot = clinic, patient, slot
        self.held: Appointment
        self.prepay = ""

    async def begin(self) -> "Case":
        self.held = await self.clinic.hold(self.patient, self.slot, KEY)
        self.prepay = prepay_of(await self.clinic.ticket(self.patient, self.held))
        return self

    async def notify(self) -> None:
        """The patient pays; the platform tells us."""
        answer = await self.clinic.http.post(
            f"{self.clinic.sandbox.url}/_ctl/pay", json={"prepay_id": self.prepay}
        )
        assert answer.status_code in (200, 400)  # 400: it was closed before

    async def expire(self) -> None:
        await expiry.expire(self.clinic.worker.ctx(None))

    async def cancel(self) -> None:
        await appointments.cancel(self.patient.ctx, self.held.id)

    async def replay(self) -> None:
        again = await self.clinic.hold(self.patient, self.slot, KEY)
        assert again.id == self.held.id

    async def check(self) -> None:
        await appointments.check_payment(self.patient.ctx, self.held.id)


ACTS: dict[str, Callable[[Case], Awaitable[None]]] = {
    "notify": Case.notify,
    "expire": Case.expire,
    "cancel": Case.cancel,
    "replay": Case.replay,
    "check": Case.check,
}


async def after_a_moment(dice: random.Random, act: Awaitable[None]) -> None:
    await asyncio.sleep(dice.choice((0, 0, 0.002, 0.005, 0.01)))
    try:
        await act
    except AppError as refusal:  # somebody was first; anything but a clear refusal fails the test
        assert refusal.status < 500, refusal


@pytest.mark.parametrize(("first", "second"), list(combinations_with_replacement(ACTS, 2)))
async def test_two_things_at_once(clinic, first, second):
    dice = random.Random(f"{first}/{second}")
    slots = await clinic.opens(slots=ROUNDS // 5, capacity=5)
    patients = await asyncio.gather(*(clinic.patient() for _ in range(ROUNDS)))
    cases = [Case(clinic, one, slots[n % len(slots)]) for n, one in enumerate(patients)]
    for n, case in enumerate(cases):
        await case.begin()
        if n % 2 or "expire" in (first, second):
            await clinic.later(minutes=16)  # the hold has run out, the platform's order has not
        acts = (ACTS[first](case), ACTS[second](case))
        await asyncio.gather(*(after_a_moment(dice, act) for act in acts))
    await settle(clinic)
    await clinic.balanced()
    await each_ended_once(clinic, cases)


async def settle(clinic: Outpatient) -> None:
    """Everything that was set off comes to its end."""
    if any(one["transaction_id"] for one in (await clinic.books())["orders"]):
        await clinic.notified()
    await clinic.work()
    await clinic.refunded()
    assert await clinic.docs("deliveries", tries={"$gt": 0}, state="PARKED") == []
    assert not any("due_at" in doc for doc in await clinic.docs("orders"))


MONEY = {
    "BOOKED": {"PAID"},
    "CANCELLED": {"CLOSED", "REFUNDED"},
    "EXPIRED": {"LAPSED", "REFUNDED"},
}
"""What may have become of an appointment's order, by how the appointment ended."""


async def each_ended_once(clinic: Outpatient, cases: list[Case]) -> None:
    for kind in ("booked", "cancelled", "expired", "unseated", "reseated"):
        told = [event["subject"] for event in await clinic.events(f"appointment.{kind}")]
        assert len(told) == len(set(told)), kind
    for case in cases:
        found = await clinic.now(case.held)
        order = await clinic.order(case.held)
        assert order.state in MONEY[found.state], (found.state, order.state)
