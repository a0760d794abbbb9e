"""The pay sheet's other endings, the back button, a second tap, and a hold that runs out."""

from datetime import timedelta

import pytest

from booking.appointments import service as appointments
from tests.browser.conftest import Open
from tests.browser.eyes import Eyes
from tests.helpers.desk import fill, free_slots, hold
from tests.helpers.hospital import Hospital
from wx_backend.entrypoints.web.patient import paths

pytestmark = pytest.mark.asyncio(loop_scope="module")
PERSON = "wang-xiulan"


async def open_sheet(eyes: Eyes) -> None:
    await eyes.heading("确认并支付").wait_for()
    await eyes.tap("确认支付")
    await eyes.web.get_by_text("请输入支付密码").wait_for()


async def test_a_wrong_password_then_given_up_then_paid(hospital: Hospital, opened: Open) -> None:
    held = await hold(hospital, PERSON, free_slots(hospital, "neurology")[0])
    eyes = await opened()
    await eyes.sign_in(hospital.phone_url, PERSON, paths.pay(held.id))
    await open_sheet(eyes)
    await eyes.web.get_by_role("button", name="密码错误").click()
    await eyes.sees("支付密码错误，请重试")
    await eyes.web.get_by_role("button", name="取消").last.click()

    await open_sheet(eyes)  # giving up leads back to the pay page
    await eyes.web.get_by_role("button", name="超时").click()
    await eyes.heading("正在确认支付结果").wait_for()
    await eyes.look("waiting")
    await eyes.tap("去支付")
    await open_sheet(eyes)
    for digit in "135790":
        await eyes.web.get_by_role("button", name=digit, exact=True).click()
    await eyes.heading("预约成功").wait_for()

    await eyes.page.go_back()  # to the pay page, which knows better by now
    await eyes.heading("预约成功").wait_for()
    order = await appointments.order_of(hospital.ctx(), held)
    assert order and order.ledger().paid_fen == held.fee_fen


async def test_the_result_page_learns_of_a_payment_by_itself(
    hospital: Hospital, opened: Open
) -> None:
    held = await hold(hospital, "li-jianguo", free_slots(hospital, "dental")[0])
    eyes = await opened()
    await eyes.sign_in(hospital.phone_url, "li-jianguo", paths.pay(held.id))
    await open_sheet(eyes)
    await eyes.web.get_by_role("button", name="超时").click()
    await eyes.heading("正在确认支付结果").wait_for()
    order = await appointments.order_of(hospital.ctx(), held)
    prepay = order.ledger().live_attempt().prepay
    await hospital.control("pay", prepay_id=prepay, outcome="pay")
    await eyes.heading("预约成功").wait_for()
    await eyes.look("done")


async def test_back_from_the_pay_page_goes_on_with_the_same_number(
    hospital: Hospital, opened: Open
) -> None:
    slot = free_slots(hospital, "ent")[0]
    eyes = await opened()
    await eyes.sign_in(hospital.phone_url, PERSON, paths.book(slot.id))
    await eyes.web.get_by_role("button", name="确认预约").dblclick()
    await eyes.heading("确认并支付").wait_for()
    first = eyes.page.url
    await eyes.page.go_back()
    await eyes.heading("选择就诊人").wait_for()
    await eyes.tap("确认预约")
    await eyes.heading("确认并支付").wait_for()
    assert eyes.page.url == first
    coming = await appointments.coming(await hospital.acting(PERSON), 50)
    assert len([one for one in coming if one.slot == slot.id]) == 1


async def test_who_comes_too_late_is_offered_the_nearest(hospital: Hospital, opened: Open) -> None:
    slot = free_slots(hospital, "cardiology")[0]
    eyes = await opened()
    await eyes.sign_in(hospital.phone_url, "chen-xiaodong", paths.book(slot.id))
    await eyes.heading("选择就诊人").wait_for()
    await fill(hospital, slot)
    await eyes.tap("确认预约")
    await eyes.heading("这个时段刚刚约满").wait_for()
    await eyes.look("full")
    await eyes.web.locator(".near a").first.click()
    await eyes.heading("选择就诊人").wait_for()


async def test_a_hold_that_runs_out_says_what_became_of_it(
    hospital: Hospital, opened: Open
) -> None:
    slot = free_slots(hospital, "orthopaedics")[0]
    held = await hold(hospital, "zhang-min", slot)
    eyes = await opened()
    await hospital.move_clock(timedelta(minutes=14, seconds=57))
    await eyes.sign_in(hospital.phone_url, "zhang-min", paths.pay(held.id))
    await eyes.heading("正在确认支付结果").wait_for()  # the countdown asked by itself
    await hospital.crank()
    await eyes.heading("没有约上").wait_for()
    await eyes.sees("没有扣款")
    await eyes.look("missed")
