"""Orders paid and given back on both platforms, in any order of presses, payments, notifications,
looks, refunds and ends: Σ (paid − refunded) is Σ of the ledgers and what the platforms' books say.

Nothing here knows what should happen next.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from booking.payments import service as payments
from booking.payments.model import METHODS, Order, OrderSpec
from booking.payments.moves import moves
from booking.payments.store import order_of
from tests.drill.machine.telling import tell
from tests.helpers.balance import ours_agree_with
from tests.helpers.outpatient import Outpatient, Patient, eventually
from tests.helpers.paying import SIDES, WECHAT_SIDE, side_of
from tests.helpers.sandbox import Sandbox
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import AppError

ABOUT = "orders of both platforms, in any order of what payers, staff, platforms and clock do"
ORDERS = 3
FEN = 5000
OPEN_FOR = timedelta(hours=2)
PATIENCE = 30.0
"""Seconds until everything has gone back once the platforms are themselves again: refunds of one
payment follow each other, and the sandbox may keep each in the dark three times.
"""

WHICH, NTH = st.integers(0, ORDERS - 1), st.integers(0, 3)
CALLS = ("/v3/*", "/gateway.do/*")
UNTOLD = ("", "", "notify_never", "notify_dup", "bad_sign", "notify_amount", "notify_other_mch")
TROUBLE = ("busy", "lost_reply", "reset", "html", "truncate", "bad_sign", "rate_limit")
REFUNDS = ("refund_not_enough", "refund_processing")


class Till:
    """A clinic whose workers look after orders and nothing else."""

    def __init__(self, clinic: Outpatient):
        self.clinic = clinic
        self.payers: list[Patient] = []
        self.ends: Counter[str] = Counter()
        self.purposes: list[dict[str, str]] = []
        self._expires_at: datetime

    async def begin(self) -> None:
        """Nobody owes anything yet; one payer is known to WeChat, another to Alipay."""
        clinic = self.clinic
        await clinic.forget_trouble()
        for name in ("orders", "deliveries"):
            await clinic.house.db.raw(name).delete_many({})
        if not self.payers:
            for clinic.side in SIDES:
                self.payers.append(await clinic.patient())
        clinic.side = WECHAT_SIDE
        self.purposes = [{"kind": "drill", "id": f"thing{n}"} for n in range(ORDERS)]
        self._expires_at = clinic.house.business.now() + OPEN_FOR

    @property
    def staff(self) -> Ctx:
        return self.clinic.hospital.ctx().acting_as(Actor("staff", "stfdesk"))

    def payer(self, which: int) -> Patient:
        return self.payers[which % len(self.payers)]

    def spec(self, which: int) -> OrderSpec:
        return OrderSpec(
            purpose=self.purposes[which],
            account=self.payer(which).account,
            title="演练",
            amount_fen=FEN,
            expires_at=self._expires_at,
        )

    async def orders(self) -> list[Order]:
        return [order_of(doc) for doc in await self.clinic.docs("orders")]

    async def pay(self, which: int, nth: int, told: str) -> None:
        """Whoever still has what was given out pays it, be it closed or not."""
        order = await payments.find(self.staff, self.purposes[which])
        attempts = list(order.ledger().attempts.values()) if order else []
        if not attempts or attempts[nth % len(attempts)].terms.merchant == "":
            return
        attempt, clinic = attempts[nth % len(attempts)], self.clinic
        if told:
            await clinic.fault(side_of(attempt.method).paid, told)
        await clinic.tries_to_pay(attempt)
        await self._quiet()

    async def _quiet(self) -> None:
        """The platform's first call has been answered; what we refused comes again much later."""

        async def called() -> bool:
            known = (await self.clinic.ctl("journal"))["callbacks"]
            return all(one["answers"] or one["state"] != "due" for one in known)

        await eventually(called)

    async def agree(self) -> None:
        """What we wrote down did happen, and no more is kept than was owed."""
        books = {side.name: await self.clinic.books(side) for side in SIDES}
        paid = {
            row["out_trade_no"]: row["total"]
            for one in books.values()
            for row in one["orders"]
            if row["state"] in ("SUCCESS", "REFUND")
        }
        for order in await self.orders():
            ledger = order.ledger()
            assert order.state == ledger.state(), order
            assert 0 <= ledger.kept_fen <= FEN, order
            for move in moves(order):
                if move.platform in books and move.kind == "PAID":
                    assert paid[move.no] == move.fen, move
        for name, one in books.items():
            assert one["conserved"], (name, one["sums"])

    async def rest(self) -> None:
        """The platforms are themselves again, and who wanted the money wants no more: both books
        are the same, to the fen.
        """
        clinic = self.clinic
        await clinic.ctl("clear", what="faults")
        for purpose in self.purposes:
            await payments.settle(self.staff, purpose)
        await eventually(self._given_back, PATIENCE)
        await self._look_again()
        await self._quiet()
        orders = await self.orders()
        for order in orders:
            assert not _under_way(order) and not order.ledger().live_attempt(), order
        for side in SIDES:
            ours_agree_with(orders, side.name, await clinic.books(side))
        self.ends.update(order.state for order in orders)

    async def _given_back(self) -> bool:
        await self._look_again()
        return not any(map(_under_way, await self.orders()))

    async def _look_again(self) -> None:
        """Everybody's next look at their orders is due by now."""
        table = self.clinic.house.db.raw("orders")
        await table.update_many({}, {"$unset": {"lease": "", "leased_until": ""}})
        await self.clinic.later(hours=7)
        await self.clinic.turn("orders")


def _under_way(order: Order) -> bool:
    """Whether a platform still has to give something back."""
    return bool(order.ledger().refunding_fen) and not _in_cash(order)


def _in_cash(order: Order) -> bool:
    """What the desk owes is given back by hand."""
    return any(one.terms.merchant == "" for one in order.ledger().attempts.values())


class Story(RuleBasedStateMachine):
    """Three orders, two payers, a desk."""

    def __init__(self, runner: asyncio.Runner, till: Till):
        super().__init__()
        self.runner, self.till = runner, till

    def do(self, act: Coroutine[Any, Any, Any]) -> None:
        """A clear refusal is an answer like any other."""
        with suppress(AppError):
            self.runner.run(act)

    @initialize(
        methods=st.tuples(*[st.sampled_from(METHODS)] * ORDERS), paid=st.integers(0, ORDERS)
    )
    def begin(self, methods: tuple[str, ...], paid: int) -> None:
        """In the middle of it: everything was pressed once, and some of it paid."""
        self.runner.run(self.till.begin())
        for which, method in enumerate(methods):
            self.press(which, method)
        for which in range(paid):
            self.pay(which, 0, UNTOLD[which])

    @rule(which=WHICH, method=st.sampled_from(METHODS))
    def press(self, which: int, method: str) -> None:
        me = self.till.payer(which).ctx
        self.do(payments.open(me, self.till.spec(which), method, "127.0.0.1"))

    @rule(which=WHICH, nth=NTH, told=st.sampled_from(UNTOLD))
    def pay(self, which: int, nth: int, told: str) -> None:
        self.do(self.till.pay(which, nth, told))

    @rule(which=WHICH)
    def ask(self, which: int) -> None:
        self.do(payments.check(self.till.staff, self.till.purposes[which]))

    @rule(which=WHICH)
    def settle(self, which: int) -> None:
        self.do(payments.settle(self.till.staff, self.till.purposes[which]))

    @rule(which=WHICH)
    def unwind(self, which: int) -> None:
        self.do(payments.unwind(self.till.staff, self.till.purposes[which], "演练取消"))

    @rule(which=WHICH, fen=st.sampled_from((1, 1200, FEN)))
    def give_a_part_back(self, which: int, fen: int) -> None:
        key = payments.order_id(self.till.purposes[which])
        self.do(payments.refund(self.till.staff, key, fen, "演练退款"))

    @rule(which=WHICH)
    def take_cash(self, which: int) -> None:
        self.do(payments.take_cash(self.till.staff, self.till.spec(which)))

    @rule(which=WHICH)
    def give_cash(self, which: int) -> None:
        self.do(payments.give_cash(self.till.staff, self.till.purposes[which]))

    @rule(minutes=st.sampled_from((1, 20, 180)))
    def wait(self, minutes: int) -> None:
        self.do(self.till.clinic.later(minutes=minutes))

    @rule()
    def look(self) -> None:
        self.do(self.till.clinic.turn("orders"))

    @rule(calls=st.sampled_from(CALLS), kind=st.sampled_from(TROUBLE), times=st.integers(1, 3))
    def trouble(self, calls: str, kind: str, times: int) -> None:
        self.do(self.till.clinic.fault(calls, kind, times=times))

    @rule(calls=st.sampled_from(CALLS), kind=st.sampled_from(REFUNDS))
    def trouble_with_refunds(self, calls: str, kind: str) -> None:
        self.do(self.till.clinic.fault(calls, kind))

    @rule()
    def payer_is_faster_than_our_close(self) -> None:
        self.do(self.till.clinic.fault("*close", "pay_during_close"))

    @invariant()
    def agreed(self) -> None:
        if self.till.purposes:
            self.runner.run(self.till.agree())

    def teardown(self) -> None:
        self.runner.run(self.till.rest())


def play(
    mongo_uri: str, sandbox: Sandbox, examples: int, steps: int, seed: int | None = None
) -> dict[str, Counter[str]]:
    """As ``telling.tell``; how orders ended. Raises AssertionError: the books differ."""
    ends: Counter[str] = Counter()

    def begin(runner: asyncio.Runner, clinic: Outpatient) -> Callable[[], Story]:
        nonlocal ends
        till = Till(clinic)
        ends = till.ends
        return lambda: Story(runner, till)

    tell(mongo_uri, sandbox, examples, steps, seed, begin)
    return {"orders": ends}
