"""The story inside WeChat: the phone's WebView, pages with JavaScript, the pay sheet."""

import pytest

from tests.browser.conftest import Open
from tests.browser.eyes import PC, PHONE, Eyes
from tests.helpers.hospital import Hospital
from wx_backend.entrypoints.demo.people import id_no

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def pay_in_sheet(eyes: Eyes) -> None:
    """Six digits of a password."""
    for digit in "135790":
        await eyes.web.get_by_role("button", name=digit, exact=True).click()


async def add_parent(eyes: Eyes, order: int) -> None:
    await eyes.web.fill("#name", "吴秀珍")
    await eyes.web.fill("#id_no", id_no("19580412", order))
    await eyes.web.fill("#phone", "15400001234")
    await eyes.web.select_option("#relation", "PARENT")
    await eyes.web.check("input[name=agreed]")
    await eyes.look("person")
    await eyes.tap("保存")


async def choose_slot(eyes: Eyes) -> None:
    """Home, department, doctor, a date by a swap, a slot."""
    await eyes.tap("预约挂号")
    await eyes.heading("选择科室").wait_for()
    await eyes.look("departments")
    await eyes.web.locator("#list").get_by_role("link", name="呼吸内科").click()
    await eyes.heading("选择医生").wait_for()
    await eyes.look("doctors")
    await eyes.tap("唐文博")
    await eyes.heading("选择时间").wait_for()
    await eyes.web.locator(".strip a.open").last.click()
    await eyes.web.wait_for_url("**date=*")
    await eyes.web.locator("#times:not(.htmx-request)").wait_for()
    await eyes.web.locator(".slot input").last.check(force=True)
    await eyes.look("times")
    await eyes.tap("下一步")


@pytest.mark.parametrize(
    ("size", "person", "order"),
    [(PHONE, "chen-xiaodong", 500), (PC, "wang-xiulan", 502)],
    ids=["phone", "pc"],
)
async def test_from_the_menu_to_the_refund(
    hospital: Hospital, opened: Open, size: dict, person: str, order: int
) -> None:
    eyes = await opened(size)
    await eyes.webview(hospital.phone_url, person, "预约挂号")
    await eyes.look("home")
    await choose_slot(eyes)

    await eyes.heading("请先登录").wait_for()
    await eyes.look("sign-in")
    await eyes.tap("微信登录")
    await eyes.heading("选择就诊人").wait_for()
    await eyes.tap("添加就诊人")
    await eyes.heading("添加就诊人").wait_for()
    await add_parent(eyes, order)

    await eyes.heading("选择就诊人").wait_for()
    await eyes.web.get_by_text("吴*珍").click()
    await eyes.look("book")
    await eyes.tap("确认预约")
    await eyes.heading("确认并支付").wait_for()
    await eyes.look("pay")
    await eyes.tap("确认支付")
    await eyes.web.get_by_text("￥30.00").wait_for()
    await eyes.look("launch", axe=False)
    await pay_in_sheet(eyes)
    await eyes.heading("预约成功").wait_for()
    await eyes.look("done")
    await hospital.crank()

    await eyes.tap("查看预约")
    await eyes.heading("预约详情").wait_for()
    await eyes.look("appointment")
    await eyes.tap("取消预约")
    await eyes.sees("确定取消这个预约吗")
    await eyes.look("cancel")
    await eyes.tap("确定取消")
    await eyes.heading("预约详情").wait_for()
    await eyes.look("cancelled")
    await hospital.refunds_arrive()
    await eyes.go("/h5/appointments")
    await eyes.sees("已退款")
    await eyes.look("appointments")
    await eyes.web.get_by_role("link", name="消息").click()
    await eyes.heading("消息中心").wait_for()
    await eyes.sees("退款已到账")
    await eyes.look("messages")
    await eyes.web.get_by_role("link", name="就诊人").click()
    await eyes.heading("就诊人").wait_for()
    await eyes.sees("吴*珍")
    await eyes.look("people")
