"""The hospital or the clinic that a file of tests shares, and who and what most of them need.

A file of tests keeps one clinic (to start one costs more than most tests) and is marked
``IN_ONE_LOOP``.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from booking.appointments.model import Appointment
from booking.schedules.model import Slot
from tests.helpers.cashier import Cashier
from tests.helpers.console import Staffer
from tests.helpers.hospital import Hospital
from tests.helpers.identity import identity_house
from tests.helpers.outpatient import Outpatient, Patient, fixture, outpatient
from tests.helpers.paying import SIDES, Side
from tests.helpers.sandbox import Sandbox
from wx_backend.base.context import House


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hospital(mongo_uri: str, sandbox: Sandbox) -> AsyncIterator[Hospital]:
    """A whole hospital with its demo world; a file that wants another one says so itself."""
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signed_in(hospital: Hospital) -> AsyncIterator[Callable[[str], Awaitable[Staffer]]]:
    """``await signed_in("tao-hui")``: their browser, the same one for the whole module."""
    async with AsyncExitStack() as stack:
        known: dict[str, Staffer] = {}

        async def one(key: str) -> Staffer:
            if key not in known:
                browser = Staffer(hospital.url, hospital.house)
                stack.push_async_callback(browser.http.aclose)
                known[key] = await browser.enter(key)
            return known[key]

        yield one


@pytest_asyncio.fixture(loop_scope="module")
async def browsers(hospital: Hospital) -> AsyncIterator[Callable[[], Staffer]]:
    """``browsers()`` is one more browser, in which nobody has signed in."""
    async with AsyncExitStack() as stack:

        def one() -> Staffer:
            opened = Staffer(hospital.url, hospital.house)
            stack.push_async_callback(opened.http.aclose)
            return opened

        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_clinic(mongo_uri: str, sandbox: Sandbox) -> AsyncIterator[Outpatient]:
    async with outpatient(mongo_uri, sandbox) as clinic:
        yield clinic


@fixture
async def clinic(shared_clinic: Outpatient) -> AsyncIterator[Outpatient]:
    """A new day; when the test is over, what is under way comes to rest and everything balances."""
    await shared_clinic.fresh()
    yield shared_clinic
    await shared_clinic.over()


@fixture(params=SIDES, ids=str)
async def side(request: pytest.FixtureRequest, clinic: Outpatient) -> Side:
    """Patients come from this pay platform; a file or a test that asks for it is done for both."""
    clinic.side = request.param
    return request.param


@fixture
async def cashier(shared_clinic: Outpatient) -> AsyncIterator[Cashier]:
    """A new day at the HIS's cashier as well."""
    made = Cashier(shared_clinic)
    await made.fresh()
    yield made
    await made.over()


@fixture
async def payer(cashier: Cashier) -> Patient:
    return await cashier.payer()


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
async def house(mongo_uri: str) -> AsyncIterator[House]:
    """A house of people and places on a database of its own, without a hospital in it."""
    async with identity_house(mongo_uri) as house:
        yield house
