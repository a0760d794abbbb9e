"""The story inside Alipay: from the hospital's page there to the refund, and what was told."""

import pytest

from tests.browser.conftest import Open
from tests.browser.eyes import Eyes
from tests.browser.test_story_wechat import add_parent, choose_slot, pay_in_sheet
from tests.helpers.hospital import Hospital

pytestmark = pytest.mark.asyncio(loop_scope="module")
PERSON = "zhang-min"


async def open_sheet(eyes: Eyes) -> None:
    await eyes.heading("确认并支付").wait_for()
    await eyes.tap("确认支付")
    await eyes.web.get_by_text("￥30.00").wait_for()


async def test_from_the_entry_to_the_refund(hospital: Hospital, opened: Open) -> None:
    eyes = await opened()
    await eyes.webview(hospital.phone_url, PERSON, "预约挂号", "alipay")
    await choose_slot(eyes)
    await eyes.heading("请先登录").wait_for()
    await eyes.look("sign-in")
    await eyes.tap("支付宝登录")
    await eyes.heading("选择就诊人").wait_for()
    await eyes.tap("添加就诊人")
    await eyes.heading("添加就诊人").wait_for()
    await add_parent(eyes, 504)
    await eyes.heading("选择就诊人").wait_for()
    await eyes.web.get_by_text("吴*珍").click()
    await eyes.tap("确认预约")

    await eyes.heading("确认并支付").wait_for()
    assert await eyes.web.locator("input[name=method]").count() == 1
    await eyes.look("pay")
    await open_sheet(eyes)
    await eyes.look("launch", axe=False)
    await eyes.web.get_by_role("button", name="取消").last.click()
    await open_sheet(eyes)  # giving up leads back to the pay page
    await eyes.web.get_by_role("button", name="结果未知").click()
    await eyes.heading("正在确认支付结果").wait_for()  # the server knows of no money
    await eyes.look("waiting")
    await eyes.tap("去支付")
    await open_sheet(eyes)
    await pay_in_sheet(eyes)
    await eyes.heading("预约成功").wait_for()
    await eyes.look("done")
    await hospital.crank()

    await eyes.tap("查看预约")
    await eyes.heading("预约详情").wait_for()
    await eyes.tap("取消预约")
    await eyes.sees("确定取消这个预约吗")
    await eyes.tap("确定取消")
    await eyes.heading("预约详情").wait_for()
    await hospital.refunds_arrive()
    await eyes.go("/h5/appointments")
    await eyes.sees("已退款")
    await eyes.look("appointments")

    await eyes.page.click("#close")
    await eyes.page.get_by_role("heading", name="退款到账通知").wait_for()
    eyes.web = eyes.page
    await eyes.look("alipay")
    await eyes.page.get_by_role("button", name="预约挂号成功通知").click()
    frame = await (await eyes.page.wait_for_selector("#frame")).content_frame()
    assert frame
    await frame.wait_for_url("**/h5/appointments/**")
