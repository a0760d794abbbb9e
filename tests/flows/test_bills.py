"""Paying the hospital's cashier: whatever the HIS does, money is kept for what it has booked."""

import asyncio

import pytest

from booking.bills import service as bills
from booking.bills.model import (
    BillsBusy,
    BillsChanged,
    CashierSilent,
    DepositAmount,
    FindStay,
    PayDeposit,
    PaymentOver,
    StayNotFound,
)
from booking.payments.model import ALIPAY_QR, JSAPI
from booking.postings import service as postings
from tests.helpers import his
from tests.helpers.cashier import NAME, PENDING, STATES
from tests.helpers.his import ENTRIES
from tests.helpers.outpatient import IN_ONE_LOOP
from wx_backend.base import ids
from wx_backend.base.context import Actor
from wx_backend.base.errors import NotFound, SameKeyOtherBody, TooMany, WrongState
from wx_backend.identity.patients.model import ReadingNeedsVerification

pytestmark = IN_ONE_LOOP


async def test_three_bills_are_paid_at_once_and_have_an_invoice(cashier, payer):
    owed = await cashier.owed(payer)
    assert sorted(bill.kind for bill in owed) == ["DRUG", "IMAGING", "LAB"]
    assert all(bill.items and bill.doctor for bill in owed)
    paid = await cashier.pays(payer, owed)
    assert (paid.state, paid.refused) == ("SETTLED", ())
    assert await cashier.owed(payer) == []
    invoice = await bills.invoice(payer.ctx, paid)
    assert invoice.fen == paid.fen == await cashier.kept(paid)
    assert "门诊缴费成功" in await cashier.told(payer)


async def test_a_payer_who_may_not_read_sees_amounts_and_departments_only(cashier, payer):
    relative = await cashier.relative(payer)
    seen = await cashier.owed(relative)
    assert [(one.no, one.fen) for one in seen] == [
        (one.no, one.fen) for one in await cashier.owed(payer)
    ]
    assert all(one.department and not (one.kind or one.doctor or one.items) for one in seen)
    paid = await cashier.pays(relative, seen)
    assert paid.state == "SETTLED"
    assert await bills.invoice(relative.ctx, paid) is None
    with pytest.raises(ReadingNeedsVerification):
        await bills.stays(relative.ctx, relative.id)
    stranger = await cashier.payer()
    with pytest.raises(NotFound):
        await bills.pending(stranger.ctx, payer.id)
    with pytest.raises(NotFound):
        await bills.own(stranger.ctx, paid.id)


@pytest.mark.parametrize("change", [{"fen": 1}, {"state": "PAID"}, {"forget": True}])
async def test_what_has_changed_meanwhile_is_shown_anew_and_nothing_is_opened(
    cashier, payer, change
):
    owed = await cashier.owed(payer)
    await cashier.clerk(owed[0], **change)
    with pytest.raises(BillsChanged) as changed:
        await cashier.opens(payer, owed)
    now = await cashier.owed(payer)
    assert changed.value.data["bills"] == [
        {"no": bill.no, "department": bill.department, "fen": bill.fen} for bill in now
    ]
    assert await cashier.clinic.docs("bill_payments") == []
    assert (await cashier.pays(payer, now)).state == "SETTLED"


async def test_a_bill_is_in_one_open_payment_only(cashier, payer):
    relative = await cashier.relative(payer)
    owed = await cashier.owed(payer)
    tries = [cashier.opens(payer if n % 2 else relative, owed) for n in range(6)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert {type(one) for one in results if isinstance(one, Exception)} <= {BillsBusy}
    [live] = await cashier.clinic.docs("bill_payments", state="OPEN")
    assert live["claims"]


async def test_another_choice_takes_the_place_of_ones_own_unpaid_one(cashier, payer):
    owed = await cashier.owed(payer)
    first = await cashier.opens(payer, owed)
    second = await cashier.opens(payer, owed[:1])
    assert (await cashier.now(first)).state == "LAPSED"
    with pytest.raises(PaymentOver):
        await bills.pay(payer.ctx, first.id, JSAPI, "127.0.0.1")
    await cashier.begins(payer, second)
    with pytest.raises(BillsBusy):
        await cashier.opens(payer, owed[:1])
    with pytest.raises(WrongState):
        await bills.cancel(payer.ctx, second.id)


async def test_a_second_press_is_the_same_payment(cashier, payer):
    owed, key = await cashier.owed(payer), ids.new("key")
    first = await cashier.opens(payer, owed, key)
    assert await cashier.opens(payer, owed, key) == first
    with pytest.raises(SameKeyOtherBody):
        await cashier.opens(payer, owed[:1], key)
    assert (await bills.cancel(payer.ctx, first.id)).state == "LAPSED"
    assert (await bills.cancel(payer.ctx, first.id)).state == "LAPSED"
    assert (await cashier.opens(payer, owed)).state == "OPEN"


async def test_what_nobody_pays_is_free_again(cashier, payer):
    opened = await cashier.opens(payer, await cashier.owed(payer))
    await cashier.clinic.later(minutes=16)
    with pytest.raises(PaymentOver):
        await bills.pay(payer.ctx, opened.id, JSAPI, "127.0.0.1")
    await cashier.clinic.work()
    assert (await cashier.now(opened)).state == "LAPSED"
    assert (await cashier.pays(payer, await cashier.owed(payer))).state == "SETTLED"


@pytest.mark.parametrize("state", ["PAID", "CANCELLED"])
async def test_paid_here_and_at_the_counter_goes_back_whole(cashier, payer, state):
    owed = await cashier.owed(payer)
    payment = await cashier.opens(payer, owed[:1])
    await cashier.clerk(owed[0], state=state)
    await cashier.begins(payer, payment)
    await cashier.clinic.work()
    assert (await cashier.now(payment)).state in ("REFUSED", "REFUNDED")
    await cashier.clinic.refunded()
    assert (await cashier.now(payment)).state == "REFUNDED"
    assert await cashier.kept(payment) == 0
    assert "缴费未成功，费用将退回" in await cashier.told(payer)
    assert await his.posted(cashier.clinic) == {"PAID": "RETURNED", "REFUNDED": "NEEDLESS"}
    assert await cashier.tasks() == [], "nobody was asked: it went back by itself"


async def test_a_code_let_go_and_paid_when_all_went_back_already_goes_back_too(cashier, payer):
    owed = await cashier.owed(payer)
    payment = await cashier.opens(payer, owed[:1])
    let_go = await bills.pay(payer.ctx, payment.id, ALIPAY_QR, "127.0.0.1")
    await cashier.clerk(owed[0], state="CANCELLED")
    await cashier.begins(payer, payment)
    await cashier.clinic.refunded()
    assert (await cashier.now(payment)).state == "REFUNDED"
    await cashier.clinic.pays(let_go)
    await cashier.clinic.answered()
    await cashier.clinic.refunded()
    assert ((await cashier.now(payment)).state, await cashier.kept(payment)) == ("REFUNDED", 0)
    assert await cashier.tasks() == [], "nobody was asked"


@pytest.mark.parametrize("change", [{"state": "CANCELLED"}, {"fen": 1}])
async def test_of_several_bills_those_that_the_his_would_not_have_go_back(cashier, payer, change):
    owed = await cashier.owed(payer)
    payment = await cashier.opens(payer, owed)
    await cashier.clerk(owed[1], **change)
    await cashier.begins(payer, payment)
    await cashier.clinic.work()
    await cashier.clinic.refunded()
    settled = await cashier.now(payment)
    assert (settled.state, settled.refused) == ("SETTLED", (owed[1].no,))
    assert await cashier.kept(payment) == payment.fen - owed[1].fen


@pytest.mark.parametrize("kind", ["hang", "his_error", "html", "his_refuse"])
async def test_a_silent_his_is_said_so_and_opens_nothing(cashier, payer, impatient, kind):
    owed = await cashier.owed(payer)
    await cashier.clinic.fault(PENDING, kind, times=2)
    with pytest.raises(CashierSilent):
        await cashier.owed(payer)
    with pytest.raises(CashierSilent):
        await cashier.opens(payer, owed)
    assert await cashier.clinic.docs("bill_payments") == []


async def test_a_his_that_is_slow_to_book_and_to_tell_has_it_once(cashier, payer, impatient):
    await cashier.clinic.fault(ENTRIES, "lost_reply")
    await cashier.clinic.fault(STATES, "his_error")
    paid = await cashier.pays(payer, await cashier.owed(payer))
    assert paid.state == "PAID"
    await cashier.clinic.patience(4, seconds=40)
    assert (await cashier.now(paid)).state == "SETTLED"


async def test_what_a_person_must_decide_waits_for_a_person(cashier, payer):
    await cashier.clinic.fault(ENTRIES, "his_refuse")
    paid = await cashier.pays(payer, await cashier.owed(payer))
    assert paid.state == "PAID" and await cashier.kept(paid) == paid.fen
    assert "缴费未成功，费用将退回" not in await cashier.told(payer)
    assert await cashier.tasks() == ["OPEN"]
    [posting] = await cashier.clinic.docs("postings", kind="PAID")
    clerk = cashier.hospital.ctx().acting_as(Actor("staff", "stf1"))
    await postings.give_back(clerk, posting["_id"], posting["version"], "与医院核对后决定")
    await cashier.clinic.refunded()
    await cashier.clinic.patience(2, minutes=11)
    assert (await cashier.now(paid)).state == "REFUNDED"
    assert await his.posted(cashier.clinic) == {"PAID": "RETURNED", "REFUNDED": "NEEDLESS"}
    assert await cashier.tasks() == ["DONE"]


async def test_what_should_have_gone_back_and_has_not_is_a_task(cashier, payer):
    owed = await cashier.owed(payer)
    payment = await cashier.opens(payer, owed[:1])
    await cashier.clerk(owed[0], state="CANCELLED")
    await cashier.clinic.fault(STATES, "his_error", times=None)
    await cashier.begins(payer, payment)
    await cashier.clinic.work()
    assert ((await cashier.now(payment)).state, await cashier.tasks()) == ("PAID", [])
    await cashier.clinic.patience(1, minutes=31)
    assert await cashier.tasks() == ["OPEN"]
    await cashier.clinic.ctl("clear", what="faults")
    await cashier.clinic.patience(2, minutes=31)
    await cashier.clinic.refunded()
    await cashier.clinic.patience(1, minutes=31)
    assert (await cashier.now(payment)).state == "REFUNDED"
    assert await cashier.tasks() == ["DONE"]


async def test_anybody_pays_a_deposit_by_number_and_name_and_sees_nothing_clinical(cashier, payer):
    visit_no, friend = await cashier.admitted(payer), await cashier.payer()
    [before] = [one for one in await bills.stays(payer.ctx, payer.id) if one.visit_no == visit_no]
    paid = await cashier.deposits(friend, visit_no, 50_000)
    assert (paid.state, paid.balance_fen) == ("SETTLED", before.balance_fen + 50_000)
    assert (paid.patient, paid.patient_id, paid.lines[0].department) == ("李*国", "", "")
    assert await cashier.told(friend) == ["住院预交金已到账"]
    stay, listed = await bills.day(payer.ctx, payer.id, visit_no, before.admitted_on)
    assert stay.visit_no == visit_no and listed.fen > 0
    with pytest.raises(NotFound):
        await bills.day(friend.ctx, payer.id, visit_no, before.admitted_on)
    with pytest.raises(NotFound):
        await bills.day(friend.ctx, friend.id, visit_no, before.admitted_on)


async def test_a_deposit_within_bounds_for_somebody_who_is_here(cashier, payer):
    visit_no = await cashier.admitted(payer)
    for fen in (9_999, 2_000_001):
        with pytest.raises(DepositAmount):
            await cashier.deposits(payer, visit_no, fen)
    for number, name in ((visit_no, "王建国"), ("ZY1", NAME)):
        asked = PayDeposit(visit_no=number, name=name, amount_fen=10_000)
        with pytest.raises(StayNotFound):
            await bills.open_deposit(payer.ctx, asked, ids.new("key"))
    guesser = await cashier.payer()
    with pytest.raises(TooMany):
        for name in "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨":
            asked = FindStay(visit_no=visit_no, name=f"{name}某某")
            with pytest.raises(StayNotFound):
                await bills.found_stay(guesser.ctx, asked)


async def test_a_deposit_for_somebody_who_has_left_goes_back(cashier, payer):
    visit_no = await cashier.admitted(payer)
    asked = PayDeposit(visit_no=visit_no, name=NAME, amount_fen=10_000)
    payment = await bills.open_deposit(payer.ctx, asked, ids.new("key"))
    await cashier.clinic.ctl("his/stays", discharge=visit_no)
    await cashier.begins(payer, payment)
    await cashier.clinic.work()
    await cashier.clinic.refunded()
    assert (await cashier.now(payment)).state == "REFUNDED"
