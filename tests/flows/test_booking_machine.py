"""Whatever people, the platform and the clock do, in any order: places and money are conserved.

Each example is a slot of two places and three people who want it. Nothing here knows what should
happen next; the invariants of ``tests/helpers/balance.py`` are checked after every step, and at the
end, when everything under way has come to rest, what was kept must equal what was seated.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from booking.appointments import service as appointments
from booking.appointments.model import Appointment
from booking.payments.model import METHODS
from tests.helpers.outpatient import Outpatient, Patient, eventually, outpatient
from wx_backend.base.errors import AppError

PEOPLE = st.integers(0, 2)
NUMBERS = "/v3/pay/transactions/out-trade-no/*"
LIMITS = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


class Story(RuleBasedStateMachine):
    """Three people, two places."""

    def __init__(self, runner: asyncio.Runner, clinic: Outpatient):
        super().__init__()
        self.runner, self.clinic = runner, clinic

    def do(self, act: Coroutine[Any, Any, Any]) -> Any:
        """What came of it; a clear refusal is an answer like any other."""
        try:
            return self.runner.run(act)
        except AppError as refusal:
            assert refusal.status < 500 or refusal.code.startswith("gateway"), refusal
            return None

    @initialize()
    def open(self) -> None:
        [self.slot] = self.do(self.clinic.opens(capacity=2))
        self.people: list[Patient] = self.do(self.clinic.patients(3))
        self.latest: dict[int, Appointment] = {}

    @rule(who=PEOPLE)
    def hold(self, who: int) -> None:
        if held := self.do(self.clinic.hold(self.people[who], self.slot)):
            self.latest[who] = held

    @rule(who=PEOPLE, method=st.sampled_from(METHODS))
    def press_pay(self, who: int, method: str) -> None:
        if held := self.latest.get(who):
            self.do(self.clinic.ticket(self.people[who], held, method))

    @rule(who=PEOPLE, told=st.booleans())
    def pay(self, who: int, told: bool) -> None:
        if held := self.latest.get(who):
            self.do(self._pay(held, told))

    async def _pay(self, held: Appointment, told: bool) -> None:
        """Every attempt that the platform would still take money for is paid."""
        order = await self.clinic.order(held)
        for no in order.ledger().attempts if order else ():
            if not told:
                await self.clinic.fault("notify/TRANSACTION.*", "notify_never")
            await self.clinic.http.post(
                f"{self.clinic.sandbox.url}/_ctl/pay", json={"out_trade_no": no}
            )
        await self._answered()

    async def _answered(self) -> None:
        """Nothing of the platform's is on its way to us."""

        async def quiet() -> bool:
            known = (await self.clinic.ctl("journal"))["callbacks"]
            return all(one["state"] != "due" for one in known)

        await eventually(quiet)

    @rule(who=PEOPLE)
    def cancel(self, who: int) -> None:
        if held := self.latest.get(who):
            self.do(self.clinic.cancel(self.people[who], held))

    @rule(who=PEOPLE)
    def come_back(self, who: int) -> None:
        if held := self.latest.get(who):
            self.do(appointments.check_payment(self.people[who].ctx, held.id))

    @rule(minutes=st.sampled_from([1, 6, 16, 40]))
    def wait(self, minutes: int) -> None:
        self.do(self.clinic.later(minutes=minutes))

    @rule()
    def work(self) -> None:
        self.do(self.clinic.work())

    @rule(calls=st.integers(1, 6))
    def platform_is_silent(self, calls: int) -> None:
        self.do(self.clinic.fault("/v3/*", "busy", times=calls))

    @rule()
    def platform_loses_an_answer(self) -> None:
        self.do(self.clinic.fault("/v3/*", "lost_reply"))

    @rule()
    def payer_is_faster_than_our_close(self) -> None:
        self.do(self.clinic.fault("*/close", "pay_during_close"))

    @invariant()
    def conserved(self) -> None:
        self.do(self.clinic.balanced(at_rest=False))

    def teardown(self) -> None:
        self.do(self._rest())

    async def _rest(self) -> None:
        await self.clinic.ctl("clear", what="faults")
        await self._answered()
        await self.clinic.patience(4, minutes=45)
        await self.clinic.refunded()
        await self.clinic.patience(2, minutes=45)
        await self.clinic.balanced()


def test_places_and_money_are_conserved_whatever_happens(mongo_uri, sandbox):
    with asyncio.Runner() as runner:
        running = outpatient(mongo_uri, sandbox)
        clinic = runner.run(running.__aenter__())
        try:
            run_state_machine_as_test(lambda: Story(runner, clinic), settings=LIMITS)
        finally:
            runner.run(running.__aexit__(None, None, None))
