"""Finance at the console: an order is found, a part goes back, what the HIS refuses is decided."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from booking.payments import service as payments
from booking.payments.model import Order, OrderSpec
from booking.refunding import service as refunding
from booking.refunding.model import OwnRefund
from tests.helpers.console import Staffer
from tests.helpers.outpatient import IN_ONE_LOOP, Outpatient, Patient, fixture
from tests.helpers.timetables import audited
from wx_backend.base import ids
from wx_backend.base.context import Actor
from wx_backend.base.errors import Invalid, WrongState
from wx_backend.gateways.his.port import Movement
from wx_backend.gateways.his.port import Person as HisPerson
from wx_backend.records.encounters import service as encounters

pytestmark = IN_ONE_LOOP
PATH = "/console/orders"
WHY = "多收诊查费"


@fixture
async def order(clinic: Outpatient, patient: Patient) -> AsyncIterator[Order]:
    """One that no appointment stands behind, paid in cash; what is left of it goes back."""
    ctx = clinic.hospital.ctx()
    spec = OrderSpec(
        purpose={"kind": "test", "id": ids.new("tst")},
        account=patient.account,
        title="门诊缴费",
        amount_fen=80_000,
        expires_at=ctx.now() + timedelta(hours=1),
        references=("MZ0001",),
    )
    yield await payments.take_cash(ctx, spec)
    await payments.unwind(ctx, spec.purpose, "测试结束")
    await payments.give_cash(ctx, spec.purpose)


@fixture
async def browser(clinic: Outpatient) -> AsyncIterator[Staffer]:
    """The accountant's."""
    async with Staffer(clinic.hospital.url, clinic.house) as staffer:
        yield await staffer.enter("pan-yue")


def as_staff(clinic: Outpatient, who: str):
    return clinic.hospital.ctx().acting_as(Actor("staff", who))


async def refunds(clinic: Outpatient, order: Order) -> list[int]:
    found = await payments.order(clinic.hospital.ctx(), order.id)
    return [one.fen for one in found.ledger().refunds.values()]


async def test_a_part_goes_back_once_however_often_it_is_pressed(clinic, order, browser):
    listed = await browser.get(PATH)
    assert order.id in listed.html and "800.00" in listed.text
    page = await browser.get(f"{PATH}/{order.id}")
    form = page.form(f"{PATH}/{order.id}/refund")
    for _ in range(2):
        done = await browser.submit(form, amount="12.50", why=WHY)
        assert done.status == 303
    assert await refunds(clinic, order) == [1250]
    assert "退款 12.50 元已受理" in (await browser.get(done.location)).text
    wrong = await browser.submit(page.form(f"{PATH}/{order.id}/refund"), amount="1.234", why=WHY)
    assert wrong.status == 422


async def test_cash_is_handed_back_once_and_all_of_what_was_asked_back(clinic, order, browser):
    await payments.refund(clinic.hospital.ctx(), order.id, 1250, WHY)
    page = await browser.get(f"{PATH}/{order.id}")
    assert "待退现金 12.50 元" in page.text
    form = page.form(f"{PATH}/{order.id}/cash-back")
    await payments.refund(clinic.hospital.ctx(), order.id, 50, WHY)
    wrong = await browser.submit(form)
    assert wrong.status == 422 and "待退现金现为 13.00 元" in wrong.text
    for _ in range(2):
        done = await browser.submit(wrong.form(f"{PATH}/{order.id}/cash-back"))
        assert done.status == 303
    ledger = (await payments.order(clinic.hospital.ctx(), order.id)).ledger()
    assert (ledger.refunded_fen, ledger.refunding_fen) == (1300, 0)
    handed = await audited(clinic, "orders:cash:returned")
    assert [one["data"]["fen"] for one in handed if one["subject"] == order.id] == [1300]


async def test_orders_are_found_by_the_hospitals_number(clinic, patient, order, browser):
    """Of a bill, or of the patient's record."""
    page = await browser.get(PATH)
    ctx = clinic.hospital.ctx()
    said = HisPerson(mrn="950-A", id_no=patient.id_no, name="李建国")
    stamp = (ctx.now(), ctx.now(), "A1")
    await encounters.apply(ctx, Movement(change="PERSON", stamp=stamp, person=said))
    theirs = await browser.submit(page.form(PATH), who="950-A", day="")
    assert order.id in theirs.html
    unknown = await browser.submit(page.form(PATH), who="950-B", day="")
    assert unknown.status == 422 and "没有这个病历号" in unknown.text
    found = await browser.submit(page.form(PATH), number="MZ0001", day="")
    assert order.id in found.html
    none = await browser.submit(page.form(PATH), number="MZ0002", day="")
    assert none.status == 200 and order.id not in none.html
    assert (await browser.submit(page.form(PATH), number="", day="")).status == 422


async def test_above_the_amount_somebody_else_agrees(clinic, order):
    first, second = as_staff(clinic, "stf1"), as_staff(clinic, "stf2")
    asked = await refunding.ask(first, order.id, 60_000, WHY, "key")
    assert (asked.state, await refunds(clinic, order)) == ("WAITING", [])
    [task] = await clinic.docs("tasks", kind="refund_approval")
    assert (task["subject"], task["state"]) == (order.id, "OPEN")
    with pytest.raises(Invalid):  # what waits is as good as gone
        await refunding.ask(second, order.id, 30_000, WHY, "other")
    with pytest.raises(OwnRefund):
        await refunding.approve(first, asked.id, asked.version)
    done = await refunding.approve(second, asked.id, asked.version)
    assert (done.state, await refunds(clinic, order)) == ("DONE", [60_000])
    with pytest.raises(WrongState):
        await refunding.approve(second, asked.id, done.version)
    assert [one["state"] for one in await clinic.docs("tasks", _id=task["_id"])] == ["DONE"]


async def test_parts_do_not_pass_by_the_second_person(clinic, order):
    first = as_staff(clinic, "stf1")
    parts = [await refunding.ask(first, order.id, 30_000, WHY, key) for key in ("one", "two")]
    assert [one.state for one in parts] == ["DONE", "WAITING"]
    assert await refunds(clinic, order) == [30_000]


async def test_declined_nothing_goes_back(clinic, order):
    asked = await refunding.ask(as_staff(clinic, "stf1"), order.id, 60_000, WHY, "key")
    done = await refunding.decline(as_staff(clinic, "stf2"), asked.id, asked.version, "已退过")
    assert (done.state, await refunds(clinic, order)) == ("DECLINED", [])


async def test_agreed_to_and_killed_before_the_refund_is_carried_out_once(
    clinic, order, monkeypatch
):
    async def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(payments, "refund", killed)
        with pytest.raises(KeyboardInterrupt):
            await refunding.ask(as_staff(clinic, "stf1"), order.id, 1000, WHY, "key")
    assert await refunds(clinic, order) == []
    await clinic.work()
    await clinic.work()
    assert await refunds(clinic, order) == [1000]


async def test_a_refund_that_did_not_arrive_says_what_to_do(clinic, patient, slot, browser):
    booked = await clinic.booked(patient, slot)
    await clinic.fault("/v3/refund/domestic/refunds", "refund_abnormal")
    await clinic.cancel(patient, booked)
    await clinic.refunded()
    order = await clinic.order(booked)
    page = await browser.get(f"{PATH}/{order.id}")
    assert "商户平台改退" in page.text
    [refund] = order.ledger().refunds
    await clinic.ctl("clear", what="faults")
    done = await browser.act(f"{PATH}/{order.id}", f"{PATH}/{order.id}/platform/{refund}")
    assert done.status == 303
