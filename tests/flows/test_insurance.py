"""An order that the insurance pays a part of, with a bureau of the tests' own: whatever fails, both
halves are kept, or none, or finance has a task.
"""

import random
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from booking.bills import service as bills
from booking.payments import service as payments
from booking.payments import store
from booking.payments.insurance import InsuranceNotOffered, InsuredWhole, insured, standing
from booking.payments.model import ALIPAY_QR, JSAPI, Order, OrderPaid, OrderSpec, Ticket
from booking.payments.posting import OrderClosed
from tests.helpers import his
from tests.helpers.bureau import (
    BUSY,
    DIES_AFTER,
    DIES_BEFORE,
    LATE,
    LOST,
    NEVER,
    REFUSED,
    TROUBLES,
    Bureau,
    Killed,
)
from tests.helpers.cashier import Cashier
from tests.helpers.console import Staffer
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, Patient, fixture
from tests.helpers.paying import ALIPAY_SIDE, WECHAT_SIDE
from tests.helpers.visitor import Form, Page
from wx_backend.base import ids
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import AppError, GatewayUnknown
from wx_backend.base.money import Split
from wx_backend.entrypoints.demo import world
from wx_backend.gateways.insurance.adapters import ADAPTERS
from wx_backend.gateways.insurance.port import SettlementRefused

pytestmark = IN_ONE_LOOP
SPLIT = Split(fund=3000, account=1000, self_=2000)
WHY = "已到医保局柜台核对"


class Office:
    """One payer, one bureau, and the orders between them."""

    def __init__(self, clinic: Outpatient, bureau: Bureau, payer: Patient) -> None:
        self.clinic, self.bureau, self.payer = clinic, bureau, payer
        self.ctx: Ctx = clinic.hospital.ctx()
        self.staff = self.ctx.acting_as(Actor("staff", "stf1"))
        self.sides = {ALIPAY_QR: ALIPAY_SIDE, JSAPI: WECHAT_SIDE}

    def spec(self) -> OrderSpec:
        return OrderSpec(
            purpose={"kind": "test", "id": ids.new("tst")},
            account=self.payer.account,
            title="门诊缴费",
            amount_fen=SPLIT.total,
            expires_at=self.ctx.now() + timedelta(minutes=15),
            references=("MZ0001",),
        )

    async def insures(self, spec: OrderSpec) -> None:
        """The patient comes back from the bureau's page; our process may die on the way."""
        with suppress(Killed, AppError):
            await payments.insure(self.payer.ctx, spec, ids.new("auth"))

    async def ticket(self, spec: OrderSpec, method: str = JSAPI) -> Ticket:
        return await payments.open(self.payer.ctx, spec, method, "127.0.0.1")

    async def pays(self, ticket: Ticket) -> None:
        await self.clinic.pays(ticket)
        await self.clinic.answered()

    async def whole(self) -> OrderSpec:
        """An order of which both halves are paid."""
        spec = self.spec()
        await payments.insure(self.payer.ctx, spec, ids.new("auth"))
        await self.pays(await self.ticket(spec))
        return spec

    async def turns(self) -> None:
        """The worker looks; our process may die on the way, and comes up again."""
        with suppress(Killed):
            await self.clinic.work()
        await self.clinic.house.db.raw("orders").update_many({}, {"$unset": {"leased_until": ""}})

    async def rests(self) -> None:
        """Everybody is well again, and there is time enough."""
        self.bureau.well()
        for _ in range(3):
            await self.clinic.later(seconds=40)
            await self.turns()
        if await self.clinic.docs("orders", state="REFUNDING"):
            await self.clinic.refunded()

    async def order(self, spec: OrderSpec) -> Order:
        found = await payments.find(self.ctx, spec.purpose)
        assert found is not None
        return found

    async def standing(self, spec: OrderSpec) -> str:
        return standing(insured((await self.order(spec)).ledger()))

    async def task(self, spec: OrderSpec) -> str:
        order = await self.order(spec)
        found = await self.clinic.docs("tasks", kind="fund_stuck", subject=order.id)
        return found[0]["state"] if found else ""

    async def agrees(self) -> None:
        """Our ledgers say what the bureau's and the platforms' books say, and no order is kept by
        halves.
        """
        cash = 0
        for doc in await self.clinic.docs("orders"):
            order = store.order_of(doc)
            ledger = order.ledger()
            split = ledger.fund.split if ledger.fund else Split(self_=SPLIT.total)
            assert (order.state, order.split) == (ledger.state(), split)
            halves = (self.bureau.books.get(order.id, 0), ledger.kept_fen)
            whole = (4000, 2000) if ledger.fund else (0, 6000)
            assert halves == (whole if order.state == "PAID" else (0, 0)), order
            cash += ledger.kept_fen
        balances = [await self.clinic.books(side) for side in self.sides.values()]
        assert all(one["conserved"] for one in balances)
        assert sum(one["sums"]["balance"] for one in balances) == cash


@fixture
async def office(clinic: Outpatient, monkeypatch) -> AsyncIterator[Office]:
    """At the end every order is given up, and nobody keeps anything of it."""
    bureau = Bureau(SPLIT)
    for house in (clinic.house, clinic.worker):
        monkeypatch.setattr(house.gateways, "_bureaus", {})
    monkeypatch.setitem(ADAPTERS, world.HOSPITAL.code, lambda clock: bureau)
    made = Office(clinic, bureau, await clinic.patient())
    yield made
    bureau.well()
    for doc in await clinic.docs("orders"):
        await payments.unwind(made.ctx, doc["purpose"], "测试结束")
    await made.rests()
    assert bureau.books == {}


async def test_both_halves_are_paid_and_go_back_whole(office):
    spec = await office.whole()
    order = await office.order(spec)
    [attempt] = order.ledger().attempts.values()
    assert (order.state, attempt.fen, order.split) == ("PAID", SPLIT.self_, SPLIT)
    moves = [move async for move in payments.moves(office.ctx, office.ctx.today())]
    assert [(one.kind, one.fen) for one in moves] == [("PAID", SPLIT.self_)]
    with pytest.raises(InsuredWhole):
        await payments.refund(office.staff, order.id, 2000, "多收诊查费")
    await office.agrees()
    for _ in range(2):
        await payments.refund(office.staff, order.id, 6000, "多收诊查费", because="rfr1")
    await office.clinic.refunded()
    assert (await office.standing(spec), (await office.order(spec)).state) == ("UNDONE", "REFUNDED")
    assert office.bureau.asked == ["settle", "reverse"]
    await office.agrees()


async def test_where_there_is_no_way_to_a_bureau_nobody_is_insured(office, monkeypatch):
    monkeypatch.delitem(ADAPTERS, world.HOSPITAL.code)
    with pytest.raises(InsuranceNotOffered):
        await payments.insure(office.payer.ctx, office.spec(), "auth")
    assert not await payments.insurable(office.ctx)
    await office.clinic.house.db.raw("orders").delete_many({})


async def test_a_settlement_without_an_answer_goes_on_by_itself(office):
    specs = [office.spec() for _ in range(6)]
    office.bureau.plans("settle", LOST, NEVER, BUSY, LATE, DIES_BEFORE, DIES_AFTER)
    for spec in specs:
        await office.insures(spec)
    assert {await office.standing(spec) for spec in specs} == {"FUND_UNKNOWN"}
    await office.clinic.later(seconds=40)
    await office.turns()
    assert {await office.standing(spec) for spec in specs} == {"FUND_ONLY"}
    await office.pays(await office.ticket(specs[0]))
    assert await office.standing(specs[0]) == "SETTLED"


async def test_a_bureau_that_refuses_takes_nothing_and_leaves_the_rest_unpaid(office):
    spec = office.spec()
    office.bureau.plans("settle", REFUSED)
    with pytest.raises(SettlementRefused):
        await payments.insure(office.payer.ctx, spec, "auth")
    with pytest.raises(OrderClosed, match="自费"):
        await office.ticket(spec)
    assert (await office.order(spec)).state == "CLOSED"
    await office.agrees()


async def test_the_fund_has_paid_and_the_payer_does_not(office):
    spec = office.spec()
    await office.insures(spec)
    await office.ticket(spec)
    await office.clinic.later(minutes=16)
    office.bureau.plans("reverse", LOST)
    with pytest.raises(GatewayUnknown):
        await payments.settle(office.ctx, spec.purpose)
    await office.rests()
    assert await payments.settle(office.ctx, spec.purpose) is False
    assert (await office.standing(spec), office.bureau.books) == ("UNDONE", {})
    await office.agrees()


async def test_the_payer_has_paid_what_was_let_go_and_the_fund_does_not(office):
    """A code of the whole amount that the platform cannot close, then the insurance, which fails;
    then somebody at home pays the code.
    """
    spec = office.spec()
    code = await office.ticket(spec, ALIPAY_QR)
    office.bureau.plans("settle", REFUSED)
    await office.insures(spec)
    await office.pays(code)
    await office.rests()
    assert (await office.order(spec)).state == "REFUNDED"
    await office.agrees()


async def test_a_refused_reversal_is_a_task_until_a_person_has_seen_to_it(office):
    spec = await office.whole()
    office.bureau.plans("reverse", REFUSED, REFUSED, REFUSED)
    await payments.unwind(office.ctx, spec.purpose, "患者取消")
    await office.turns()
    order = await office.order(spec)
    assert (await office.standing(spec), order.ledger().refunds) == ("STUCK", {})
    assert await office.task(spec) == "OPEN"
    path = f"/console/orders/{order.id}"
    async with Staffer(office.clinic.hospital.url, office.clinic.house) as finance:
        await finance.enter("pan-yue")
        page = await finance.get(path)
        assert "冲正或退款受阻，待人工" in page.text and "统筹基金 30.00 30.00 30.00" in page.text
        again = await finance.submit(deciding(page), act="again", fund_note=WHY)
        assert (again.status, await office.standing(spec)) == (303, "STUCK")
        assert (await finance.submit(page.form(f"{path}/fund"))).status == 303  # it says the same
        assert await office.standing(spec) == "STUCK"
        office.bureau.books.clear()  # at the counter
        form = deciding(await finance.get(path))
        assert (await finance.submit(form, act="settle", fund_note="好")).status == 422
        assert (await finance.submit(form, act="settle", fund_note=WHY)).status == 303
        await office.rests()
        assert f"已在医保柜台冲正 40.00 元：{WHY}" in (await finance.get(path)).text
    assert (await office.standing(spec), await office.task(spec)) == ("UNDONE", "DONE")
    acts = [one["data"]["why"] async for one in audited(office, "orders:fund:settle")]
    assert acts == [WHY]
    await office.agrees()


def deciding(page: Page) -> Form:
    return next(form for form in page.forms if "fund_note" in form.fields)


async def audited(office: Office, action: str) -> AsyncIterator[dict]:
    for name in await office.clinic.house.db.raw("slots").database.list_collection_names():
        if name.startswith("audit_"):
            for doc in await office.clinic.docs(name, action=action):
                yield doc


async def test_a_refund_that_the_platform_gave_up_is_asked_for_anew_by_a_person(office):
    spec = await office.whole()
    await office.clinic.fault(WECHAT_SIDE.refunds, "refund_closed")
    await payments.unwind(office.ctx, spec.purpose, "患者取消")
    await office.rests()
    order = await office.order(spec)
    assert (order.standing, office.bureau.books, order.state) == ("STUCK", {}, "REFUNDING")
    await office.clinic.ctl("clear", what="faults")
    await payments.refund(office.staff, order.id, SPLIT.self_, "平台已关闭原退款")
    await office.rests()
    assert await office.standing(spec) == "UNDONE"
    await office.agrees()


async def test_unknown_for_longer_than_allowed_is_a_task_until_it_is_known(office):
    spec = office.spec()
    office.bureau.holds = timedelta()
    office.bureau.plans("settle", NEVER)
    office.bureau.plans("query", *[NEVER] * 9)
    await office.insures(spec)
    await office.clinic.patience(2, minutes=6)
    assert (await office.standing(spec), await office.task(spec)) == ("FUND_UNKNOWN", "OPEN")
    await office.clinic.later(minutes=10)
    await office.rests()
    assert (await office.standing(spec), await office.task(spec)) == ("UNDONE", "DONE")
    await office.agrees()


@pytest.mark.parametrize("seed", range(2))
async def test_any_order_of_troubles_ends_with_both_halves_or_none(office, seed, monkeypatch):
    """Our process may also die after any write."""
    dice, bureau, append = random.Random(seed), office.bureau, store.append

    async def mortal(*args: Any) -> Order:
        order = await append(*args)
        if dice.random() < 0.05:
            raise Killed()
        return order

    specs = [office.spec() for _ in range(3)]
    monkeypatch.setattr(store, "append", mortal)
    for _ in range(12):
        spec, act = dice.choice(specs), dice.randrange(8)
        for call in ("settle", "query", "reverse"):
            bureau.plans(call, dice.choice((*TROUBLES, "", "", "")))
        if act < 3:
            await office.insures(spec)
        elif act < 5:
            with suppress(Killed, AppError):
                await office.pays(await office.ticket(spec))
        elif act == 5:
            with suppress(Killed, AppError):
                await payments.unwind(office.ctx, spec.purpose, "患者取消")
        elif act == 6:
            with suppress(Killed, AppError):
                await payments.settle(office.ctx, spec.purpose)
        await office.clinic.later(seconds=dice.randrange(1, 60))
        await office.turns()
    monkeypatch.setattr(store, "append", append)
    await office.clinic.later(minutes=16)
    await office.rests()
    for doc in await office.clinic.docs("orders"):
        order = store.order_of(doc)
        if order.ledger().fund and order.ledger().fund.state == "STUCK":
            assert await office.clinic.docs("tasks", kind="fund_stuck", subject=order.id)
            await payments.decide_fund(office.staff, order.id, "again", order.version, WHY)
    await office.rests()
    await office.agrees()


async def test_three_bills_are_paid_with_the_insurance(cashier: Cashier, payer, monkeypatch):
    owed = await cashier.owed(payer)
    payment = await cashier.opens(payer, owed)
    bureau = Bureau(Split(fund=payment.fen - 1500, account=500, self_=1000))
    monkeypatch.setattr(cashier.clinic.house.gateways, "_bureaus", {})
    monkeypatch.setattr(cashier.clinic.worker.gateways, "_bureaus", {})
    monkeypatch.setitem(ADAPTERS, world.HOSPITAL.code, lambda clock: bureau)
    ticket = await bills.pay(payer.ctx, payment.id, JSAPI, "127.0.0.1", authorised="auth1")
    assert ticket.insured_fen == payment.fen - 1000
    await cashier.clinic.pays(ticket)
    await cashier.clinic.answered()
    await cashier.clinic.work()
    assert (await cashier.now(payment)).state == "SETTLED"
    assert await his.entries(cashier.clinic) == [("PAID", 1000)]
    await payments.trim(cashier.hospital.ctx(), payment.purpose, payment.fen - 1, "部分作废")
    await cashier.clinic.refunded()
    assert ((await cashier.now(payment)).state, bureau.books) == ("REFUNDED", {})

    bureau.split = Split(fund=payment.fen)  # all of it, so that nothing is left to pay or to post
    payment = await cashier.opens(payer, await cashier.owed(payer))
    with pytest.raises(OrderPaid):
        await bills.pay(payer.ctx, payment.id, JSAPI, "127.0.0.1", authorised="auth2")
    await cashier.clinic.work()
    assert (await cashier.now(payment)).state == "SETTLED"
    await payments.unwind(cashier.hospital.ctx(), payment.purpose, "患者取消")
    await cashier.clinic.work()
    assert ((await cashier.now(payment)).state, bureau.books) == ("REFUNDED", {})
    assert await his.entries(cashier.clinic) == [("PAID", 1000), ("REFUNDED", 1000)]
