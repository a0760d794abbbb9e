"""The clinic that booking tests share, and who and what most of them need.

A file of tests keeps one clinic (to start one costs more than most tests) and is marked
``IN_ONE_LOOP``.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from booking.appointments.model import Appointment
from booking.schedules.model import Slot
from tests.helpers.outpatient import Outpatient, Patient, fixture, outpatient
from tests.helpers.sandbox import Sandbox
from wx_backend.gateways.http import adapter


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_clinic(mongo_uri: str, sandbox: Sandbox) -> AsyncIterator[Outpatient]:
    async with outpatient(mongo_uri, sandbox) as clinic:
        yield clinic


@fixture
async def clinic(shared_clinic: Outpatient) -> AsyncIterator[Outpatient]:
    """A new day; when the test is over, what is under way comes to rest and everything balances."""
    await shared_clinic.fresh()
    yield shared_clinic
    await shared_clinic.ctl("clear", what="faults")
    await shared_clinic.work()
    if await shared_clinic.docs("orders", state="REFUNDING"):
        await shared_clinic.refunded()
    await shared_clinic.balanced()


@fixture
async def patient(clinic: Outpatient) -> Patient:
    return await clinic.patient()


@fixture
async def slot(clinic: Outpatient) -> Slot:
    """In three days, with a single number."""
    [slot] = await clinic.opens(capacity=1)
    return slot


@fixture
async def held(clinic: Outpatient, patient: Patient, slot: Slot) -> Appointment:
    return await clinic.hold(patient, slot)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform that does not answer is given up early."""
    monkeypatch.setattr(adapter, "TIMEOUT", (1.0, 0.3))
