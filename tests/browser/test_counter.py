"""A patient takes another time without scripts; the desk gives a number out and takes it back."""

import pytest

from booking.appointments import service as appointments
from tests.browser.conftest import Open
from tests.browser.desk import choose, enrol, give
from tests.browser.eyes import PC, PHONE
from tests.browser.test_console import menu, sign_in
from tests.helpers.desk import free_slots, hold
from tests.helpers.hospital import Hospital
from wx_backend.base.context import Actor
from wx_backend.entrypoints.web.patient import paths

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("scripts", [False, True], ids=["plain", "care"])
async def test_another_time(hospital: Hospital, opened: Open, scripts: bool) -> None:
    person = "zhang-min" if scripts else "li-jianguo"
    slots = free_slots(hospital, "neurology" if scripts else "cardiology")
    held = await hold(hospital, person, slots[-1])
    nurse = hospital.ctx().acting_as(Actor("staff", "stfdesk", frozenset({"nurse"})))
    await appointments.take_cash(nurse, held.id)
    await hospital.decides("booking.symptom_screen", 1, "department", held.department_id)
    eyes = await opened(java_script_enabled=scripts)
    await eyes.page.goto(f"{hospital.url}/signin?next={paths.appointment(held.id)}")
    await eyes.page.click(f"[data-person={person}]")
    await eyes.heading("预约详情").wait_for()
    if scripts:
        await eyes.go(f"{paths.appointment(held.id)}?care=1")
    await eyes.look("booked", axe=scripts, care=scripts)
    await eyes.page.get_by_role("link", name="改约", exact=True).click()
    await eyes.heading("选择新的时间").wait_for()
    await eyes.page.locator(".strip a.open").nth(1).click()
    await eyes.page.wait_for_url("**date=*")
    await eyes.page.locator(".slot:not(.off)").first.click()
    await eyes.look("times", axe=scripts, care=scripts)
    await eyes.tap("下一步")
    await eyes.heading("确认改约").wait_for()
    await eyes.look("confirm", axe=scripts, care=scripts)
    await eyes.page.get_by_label("没有").check()
    await eyes.page.get_by_role("button", name="确认改约").click()
    await eyes.heading("改约成功").wait_for()
    await eyes.look("moved", axe=scripts, care=scripts)
    await eyes.go(paths.appointment(held.id))
    await eyes.sees("已改约")
    await eyes.look("before", axe=scripts, care=scripts)
    await eyes.tap("查看新预约")
    await eyes.sees("就诊序号")


@pytest.mark.parametrize(("size", "least"), [(PC, 24), (PHONE, 44)], ids=["pc", "phone"])
async def test_the_desk(hospital: Hospital, opened: Open, size: dict, least: int) -> None:
    eyes = await opened(size)
    page = eyes.page
    page.on("dialog", lambda dialog: dialog.accept())
    await sign_in(eyes, hospital, "tao-hui")
    await menu(eyes, "窗口挂号", size)
    await page.fill("[name=who]", "12345")
    await eyes.tap("查找")
    await eyes.sees("没有这个病历号")
    await eyes.look("who", least=least)
    await enrol(eyes, "郑小窗", "1992-03-04", 700 + least)
    tomorrow = await choose(eyes, hospital)
    await eyes.look("numbers", least=least)
    await give(eyes)
    await eyes.look("held", least=least)
    await page.get_by_role("button", name="收现金").click()
    await eyes.sees("已收现金")
    await eyes.tap("打印小票")
    await eyes.sees("挂号凭条")
    await eyes.look("slip", least=least)
    await page.get_by_role("link", name="返回", exact=True).click()
    await page.select_option("#by", label="患者要求")
    await page.fill("#why", "患者改日再来")
    await page.get_by_role("button", name="取消预约").click()
    await eyes.sees("已取消")
    await page.get_by_role("button", name="退现金").click()
    await eyes.sees("退现金已登记")
    await hospital.crank()
    await page.reload()
    await eyes.look("story", least=least)
    await menu(eyes, "预约查询", size)
    await page.fill("[name=first]", tomorrow)
    await page.fill("[name=last]", tomorrow)
    await page.fill("[name=name]", "郑小窗")
    await page.get_by_role("button", name="查询").click()
    await eyes.sees("郑*窗")
    assert "name=" not in page.url
    await eyes.look("found", least=least)
