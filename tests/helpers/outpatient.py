"""A small clinic of a test's own in a running hospital, with a worker that has no views.

    [slot] = await clinic.opens(capacity=2)
    patient = await clinic.patient()
    held = await clinic.hold(patient, slot)
    await clinic.pays(await clinic.ticket(patient, held))
    await clinic.notified()
    await clinic.work()

A file of tests shares one hospital (``shared_clinic`` in tests/flows/conftest.py); its fixtures and
tests live in the loop of that file.

Business time starts at 09:00 of tomorrow, so that no test depends on the hour it runs at.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import count
from typing import Any, TypeVar

import httpx
import pytest
import pytest_asyncio

from booking.appointments import service as appointments
from booking.appointments import store as appointment_store
from booking.appointments.model import Appointment, Hold
from booking.payments import store as order_store
from booking.payments.ledger import Attempt
from booking.payments.model import Order, Ticket
from booking.schedules import service as schedules
from booking.schedules.model import Clinic, Slot
from notify.messages import service as messages
from notify.relay import store as relay_store
from tests.helpers import databases
from tests.helpers.balance import appointments_add_up, money_adds_up
from tests.helpers.hospital import Hospital
from tests.helpers.houses import forget
from tests.helpers.http import http_client
from tests.helpers.identity import form, id_no
from tests.helpers.paying import ALIPAY_SIDE, SIDES, WECHAT_SIDE, Side, given, side_of
from tests.helpers.sandbox import Sandbox
from wx_backend.base import ids
from wx_backend.base.context import Ctx, House
from wx_backend.base.sweeper import crank
from wx_backend.entrypoints import upkeep, wiring
from wx_backend.entrypoints.demo import world
from wx_backend.identity.patients import service as patients

FEE_FEN = 5000
DOCTOR = "秦越人"
WRITTEN = (
    *("appointments", "orders", "deliveries", "messages", "pay_callbacks", "audit", "stop"),
    "waiting",
    "reminders",
    "number_",
    "postings",
    *("reconciliations", "differences", "reconciled_months"),
)
"""What stories write, as collections are named (some of them by month)."""
UNIT = world.DEPARTMENTS["cardiology"]
MORNING = time(8)
_numbers = count(1)

IN_ONE_LOOP = pytest.mark.asyncio(loop_scope="module")
fixture = partial(pytest_asyncio.fixture, loop_scope="module")

T = TypeVar("T")


class Patient:
    """One person of the crowd, signed in, who acts for themselves."""

    def __init__(self, person: str, ctx: Ctx, patient_id: str, id_no: str, side: Side):
        self.person, self.ctx, self.id, self.id_no = person, ctx, patient_id, id_no
        self.account = ctx.actor.id
        self.side, self.openid = side, side.openid(person)


class Outpatient:
    """The clinic: ``hospital`` is the web process, ``worker`` a house as workers have it, which
    turns ``sweeps``.
    """

    def __init__(self, hospital: Hospital, worker: House):
        self.hospital, self.house, self.worker = hospital, hospital.house, worker
        self.sandbox = hospital.sandbox
        self.sweeps = hospital.sweeps
        self.http = http_client(timeout=20)
        self.side = WECHAT_SIDE

    # --- a new day -----------------------------------------------------------------------------

    async def fresh(self) -> None:
        """Nobody has booked, paid or been told anything; it is nine in the morning tomorrow, and
        patients come from WeChat.
        """
        self.side = WECHAT_SIDE
        await self.forget_trouble()
        database = self.house.db.raw("slots").database
        names = await database.list_collection_names()
        await databases.empty(database, [name for name in names if name.startswith(WRITTEN)])
        await self.house.db.raw("slots").delete_many({"doctor": DOCTOR})
        await self.hospital.morning()
        forget(self.house)
        await upkeep.load(self.house)
        await self._worker_follows()

    async def forget_trouble(self) -> None:
        """The sandbox forgets what earlier tests did and planned; its tokens stay good."""
        what = ["faults", "callbacks", "books", "alipay", "messages", "calls"]
        await self.ctl("clear", what=what)

    # --- who and where -------------------------------------------------------------------------

    async def opens(self, slots: int = 1, capacity: int = 4, days: int = 3, **more) -> list[Slot]:
        """Slots of a new doctor, ``days`` from today; ``more`` replaces fields of the clinic."""
        on: date = self.house.ctx(None).today() + timedelta(days=days)
        made = clinic_on(on, slots, capacity=capacity, **more)
        await schedules.publish(self.hospital.ctx(), [made])
        await self.hospital.catch_up()
        view = schedules.availability(self.house)
        day = view.day(made.department_id, made.visit_date.isoformat())
        return [slot for slot in day if slot.doctor_id == made.doctor_id]

    async def patient(self, born: str = "1984-05-06") -> Patient:
        """Somebody new, with an account of their own at the platform of ``side``."""
        n = next(_numbers)
        person = f"crowd-{1000 + n}"
        side = self.side
        ctx = await self.hospital.acting(person, side.account, side.openid(person))
        born = f"{int(born[:4]) - n // 999}{born[4:]}"  # a new birth year when serials run out
        card = id_no(born, n % 999)
        added = await patients.add(ctx, form(card, "李建国", "SELF"))
        return Patient(person, ctx, added.patient_id, card, side)

    async def patients(self, number: int) -> list[Patient]:
        return [await self.patient() for _ in range(number)]

    # --- what a patient does -------------------------------------------------------------------

    async def hold(self, patient: Patient, slot: Slot, key: str = "") -> Appointment:
        command = Hold(slot.id, patient.id)
        return await appointments.hold(patient.ctx, command, key or ids.new("key"))

    async def ticket(self, patient: Patient, held: Appointment, method: str = "") -> Ticket:
        """What the pay button hands out; of the method inside the app, unless another is asked."""
        method = method or self.side.inside
        return await appointments.pay(patient.ctx, held.id, method, "127.0.0.1")

    async def pays(self, ticket: Ticket) -> None:
        """The patient pays in the platform's own sheet or cashier."""
        [doc] = await self.docs("orders", _id=ticket.order)
        attempts = order_store.order_of(doc).ledger().attempts.values()
        attempt = next(one for one in attempts if one.prepay == given(ticket))
        answer = await self.tries_to_pay(attempt)
        assert answer.status_code == 200, answer.text

    async def tries_to_pay(self, attempt: Attempt) -> httpx.Response:
        """Somebody pays what was given out for it, if the platform still takes it."""
        side = side_of(attempt.method)
        if side is ALIPAY_SIDE and attempt.method == side.page and attempt.prepay:
            with suppress(httpx.TransportError):  # be it in time of trouble
                await self.http.get(attempt.prepay)  # there is no trade before somebody comes
        body = {"out_trade_no": attempt.no, "person": "crowd-1"}
        return await self.http.post(f"{self.sandbox.url}/_ctl/{side.control}pay", json=body)

    async def cancel(self, patient: Patient, appointment: Appointment) -> Appointment:
        return await appointments.cancel(patient.ctx, appointment.id)

    async def booked(self, patient: Patient, slot: Slot) -> Appointment:
        """Held, paid, told and seated."""
        held = await self.hold(patient, slot)
        await self.pays(await self.ticket(patient, held))
        await self.notified()
        await self.work()
        return await self.now(held)

    # --- what others do ------------------------------------------------------------------------

    async def work(self) -> int:
        """The worker does everything that is due by now."""
        await self._worker_follows()
        return await crank(self.worker, self.sweeps)

    async def turn(self, name: str) -> int:
        """The worker turns one of its sweeps, once, while the others lag behind; what was done."""
        [sweep] = [one for one in self.sweeps if one.name == name]
        await self._worker_follows()
        return await sweep.run(self.worker.ctx(None))

    async def later(self, **duration: float) -> None:
        """Business time goes on in all processes."""
        await self.hospital.move_clock(timedelta(**duration))
        await self._worker_follows()

    async def decides(self, parameter: str, value: int | str, *place: str) -> None:
        """See ``Hospital.decides``; the worker too knows it at once."""
        await self.hospital.decides(parameter, value, *place)
        await self._worker_follows()

    async def returns_at_once(self) -> None:
        """See ``Hospital.returns_at_once``; the worker too knows it at once."""
        await self.hospital.returns_at_once()
        await self._worker_follows()

    async def _worker_follows(self) -> None:
        """What the worker follows in memory, at once."""
        forget(self.worker)
        await upkeep.follow_common(self.worker)

    async def patience(self, rounds: int = 4, **duration: float) -> None:
        """Time passes in steps, with the worker working in between."""
        for _ in range(rounds):
            await self.later(**duration)
            await self.work()

    async def ctl(self, path: str, **body: Any) -> Any:
        """A control call of the sandbox: GET without a body."""
        answer = await self.http.request(
            "POST" if body else "GET", f"{self.sandbox.url}/_ctl/{path}", json=body or None
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def fault(self, endpoint: str, kind: str, **more: Any) -> None:
        """The platform's next call of ``endpoint`` (a glob) goes wrong in this way."""
        await self.ctl("faults", endpoint=endpoint, kind=kind, **more)

    async def notified(self, kind: str = "", answers: int = 1) -> list[dict]:
        """Waits until every notification of a kind (of payments, unless said otherwise) was
        answered so often; the answers.
        """
        kind = kind or self.side.notices()

        async def answered() -> list[dict]:
            known = (await self.ctl("journal"))["callbacks"]
            found = [one["answers"] for one in known if one["kind"].startswith(kind)]
            done = found and all(len(each) >= answers for each in found)
            return [answer for each in found for answer in each] if done else []

        return await eventually(answered)

    async def answered(self) -> None:
        """Waits until nothing of the platform's is on its way to us."""

        async def quiet() -> bool:
            known = (await self.ctl("journal"))["callbacks"]
            return all(one["state"] != "due" for one in known)

        await eventually(quiet)

    async def paid_out(self) -> None:
        """Waits until the platform has settled every refund it accepted."""

        async def settled() -> bool:
            refunds = (await self.books())["refunds"]
            return all(one["status"] != "PROCESSING" for one in refunds)

        await eventually(settled)

    async def refunded(self) -> None:
        """Refunds are sent, paid out, asked after and told."""
        await self.work()
        await self.paid_out()
        await self.patience(2, seconds=40)

    async def over(self) -> None:
        """The test is over: what is under way comes to rest, and everything balances."""
        await self.ctl("clear", what="faults")
        await self.work()
        if await self.docs("orders", state="REFUNDING"):
            await self.refunded()
        await self.balanced()

    # --- what is so now ------------------------------------------------------------------------

    async def now(self, appointment: Appointment) -> Appointment:
        return await appointment_store.get(self.hospital.ctx(), appointment.id)

    async def order(self, appointment: Appointment) -> Order | None:
        return await appointments.order_of(self.hospital.ctx(), appointment)

    async def told(self, patient: Patient) -> list[str]:
        """Titles of the patient's messages, oldest first."""
        page = await messages.inbox(patient.ctx, patient.account, limit=50)
        return [item.title for item in reversed(page.items)]

    async def texts(self, patient: Patient) -> list[str]:
        page = await messages.inbox(patient.ctx, patient.account, limit=50)
        return [item.text for item in reversed(page.items)]

    async def stored(self) -> tuple[list[dict], list[dict]]:
        """Every appointment and order, outbox included: what a refusal leaves as it was."""
        return await self.docs("appointments"), await self.docs("orders")

    async def docs(self, name: str, **filter: Any) -> list[dict]:
        return await self.house.db.raw(name).find(filter).sort("_id").to_list(None)

    async def events(self, kind: str) -> list[dict]:
        """Events of a kind that were announced, one of each: heard or still on their way."""
        found = {}
        for doc in await self.docs(relay_store.DELIVERIES.name):
            found[doc["event"]["id"]] = doc["event"]
        for doc in [*await self.docs("appointments"), *await self.docs("orders")]:
            found |= {event["id"]: event for event in doc.get("outbox", [])}
        return [event for event in found.values() if event["type"] == kind]

    async def books(self, side: Side | None = None) -> dict:
        """The platform's own books."""
        side = side or self.side
        return side.read(await self.ctl(f"{side.control}books"))

    def free(self, slot: Slot) -> int:
        """How many numbers the web process offers."""
        return schedules.availability(self.house).free(slot, self.house.business.now())

    async def balanced(self, at_rest: bool = True) -> None:
        """Places and money are conserved. ``at_rest``: nothing is under way any more."""
        docs = await self.docs("appointments")
        appointments_add_up(docs)
        orders = [order_store.order_of(doc) for doc in await self.docs("orders")]
        books = {side.name: await self.books(side) for side in SIDES}
        money_adds_up(orders, docs, books, at_rest)


def clinic_on(on: date, slots: int = 1, begins: time = MORNING, **more: Any) -> Clinic:
    """So many half hours of a new doctor; ``more`` replaces fields."""
    ends = (datetime.combine(on, begins) + timedelta(minutes=30 * slots)).time()
    usual = {
        "department_id": UNIT.id,
        "department": UNIT.name,
        "doctor_id": ids.new("doc"),
        "doctor": DOCTOR,
        "title": "主任医师",
        "campus_id": UNIT.campus_id,
        "location": "门诊楼 3 层 305 诊室",
        "visit_date": on,
        "session": "AM",
        "begins": begins,
        "ends": ends,
        "slot_minutes": 30,
        "capacity": 4,
        "fee_fen": FEE_FEN,
        "clinic_type": "expert",
    }
    return Clinic(**{**usual, **more})


async def eventually(read: Callable[[], Awaitable[T]], seconds: float = 20) -> T:
    """The first answer of ``read`` that is true; for what another process does in its time."""
    async with asyncio.timeout(seconds):
        while True:
            if found := await read():
                return found
            await asyncio.sleep(0.02)


@asynccontextmanager
async def outpatient(
    mongo_uri: str, sandbox: Sandbox, **settings: str
) -> AsyncIterator[Outpatient]:
    """A clinic on a database of its own."""
    async with Hospital(mongo_uri, sandbox, **settings) as hospital:
        worker = wiring.build(hospital.settings)
        clinic = Outpatient(hospital, worker)
        try:
            await clinic.fresh()
            await clinic.returns_at_once()
            yield clinic
            await clinic.forget_trouble()
        finally:
            await clinic.http.aclose()
            await asyncio.to_thread(wiring.close, worker)
