"""The story in an ordinary browser without JavaScript: forms, links, the H5 cashier."""

import pytest

from tests.browser.conftest import Open
from tests.browser.eyes import PC, PHONE
from tests.helpers.hospital import Hospital

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("size", "person"), [(PHONE, "li-jianguo"), (PC, "zhang-min")], ids=["phone", "pc"]
)
async def test_every_step_is_a_link_or_a_form(
    hospital: Hospital, opened: Open, size: dict, person: str
) -> None:
    eyes = await opened(size, java_script_enabled=False)
    page = eyes.page
    await page.goto(f"{hospital.url}/")
    await eyes.look("home", axe=False)
    await page.goto(f"{hospital.url}/h5/people")
    await eyes.heading("请先登录").wait_for()
    await eyes.tap("微信登录")
    await page.click(f"[data-person={person}]")  # WeChat's own consent page
    await eyes.heading("就诊人").wait_for()

    await page.goto(f"{hospital.url}/h5/departments")
    await page.fill("[name=q]", "眼干")
    await eyes.tap("搜索")
    await page.wait_for_url("**q=*")
    await eyes.look("found", axe=False)
    await page.locator("#list").get_by_role("link", name="眼科").click()
    await page.locator(".strip a.open").last.click()
    await page.wait_for_url("**date=*")
    await eyes.look("doctors", axe=False)
    await eyes.tap("穆清漪")
    await page.locator(".slot").last.click()
    await eyes.heading("选择时间").wait_for()
    await eyes.look("times", axe=False)
    await eyes.tap("下一步")
    await eyes.heading("选择就诊人").wait_for()
    await eyes.look("book", axe=False)
    await eyes.tap("确认预约")
    await eyes.heading("确认并支付").wait_for()
    await eyes.look("pay", axe=False)
    await eyes.tap("确认支付")
    await page.get_by_role("button", name="支付", exact=True).click()  # WeChat Pay's own page
    await eyes.heading("预约成功").wait_for()
    assert page.url.startswith(hospital.url)
    await eyes.look("done", axe=False)
    await eyes.tap("查看预约")
    await eyes.heading("预约详情").wait_for()
    await eyes.look("appointment", axe=False)
    await eyes.tap("取消预约")
    await eyes.heading("确定取消这个预约吗").wait_for()
    await eyes.look("cancel", axe=False)
    await eyes.tap("确定取消")
    await eyes.sees("退款中")
    await eyes.look("cancelled", axe=False)
    await hospital.refunds_arrive()
    await page.goto(f"{hospital.url}/h5/messages")
    await eyes.sees("退款已到账")
    await eyes.look("messages", axe=False)


async def test_a_wrong_person_is_told_at_the_field(hospital: Hospital, opened: Open) -> None:
    eyes = await opened(java_script_enabled=False)
    page = eyes.page
    await page.goto(f"{hospital.url}/signin?next=/h5/people/new")
    await page.click("[data-person=chen-xiaodong]")
    await eyes.heading("添加就诊人").wait_for()
    await eyes.look("person", axe=False)
    await page.fill("#name", "Mr Wrong")
    await page.fill("#id_no", "990101195804120000")
    await page.fill("#phone", "15400001234")
    await page.select_option("#relation", "PARENT")
    await page.check("[name=agreed]")
    await eyes.tap("保存")
    await page.locator("#name-tip").wait_for()
    await page.locator("#id_no-tip").wait_for()
    assert await page.input_value("#name") == "Mr Wrong"
    await eyes.look("person-wrong", axe=False)
