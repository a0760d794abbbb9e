"""The critical-value story on the doctor's phone, and the bedside pages at every size."""

from datetime import timedelta

import pytest

from notify.critical.model import Alert
from tests.browser.conftest import Open
from tests.browser.eyes import PC, PHONE, Eyes
from tests.helpers.bedside import WECOM, alerted
from tests.helpers.hospital import Hospital

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIZES = pytest.mark.parametrize(
    ("size", "least"), [(PHONE, 44), (PC, 24)], ids=["phone", "pc"]
)  # WCAG 2.2, 2.5.8 at a PC


async def sign_in(eyes: Eyes, hospital: Hospital, key: str, path: str = "/doctor/") -> None:
    """In WeCom's own browser, the page itself being the WebView."""
    await eyes.page.goto(f"{hospital.phone_url}/__wecom/")
    await eyes.page.click(f"[data-person={key}]")
    await eyes.page.locator("#switch").wait_for(state="hidden")
    await eyes.page.evaluate("document.cookie = 'phone_client=wecom; path=/; SameSite=Lax'")
    await eyes.page.goto(f"{hospital.phone_url}{path}")
    await eyes.page.wait_for_selector(".doctor")


def of(alert: Alert) -> str:
    return f"/doctor/alerts/{alert.id}"


@SIZES
async def test_from_reading_back_to_closing(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    alert = await alerted(hospital)
    nurse = await opened(size)
    await sign_in(nurse, hospital, "zhao-ting")
    await nurse.look("home", least=least)
    await nurse.page.locator(f".alert-row[href='{of(alert)}']").click()
    await nurse.heading("危急值 · 待接收").wait_for()
    await nurse.look("new", least=least)
    await nurse.page.get_by_label("2.1 mmol/L").check(force=True)
    await nurse.tap("复述并接收")
    await nurse.sees("复述与检验结果不一致")
    await nurse.look("misread", least=least)
    await nurse.page.get_by_label("2.5 mmol/L").check(force=True)
    await nurse.look("chosen", least=least)
    await nurse.tap("复述并接收")
    await nurse.heading("危急值 · 待通知医生").wait_for()
    await nurse.look("received", least=least)
    await nurse.page.get_by_label("林雪琴").check(force=True)
    await nurse.page.get_by_label("电话").check(force=True)
    await nurse.tap("登记已通知医生")
    await nurse.heading("危急值 · 待处置").wait_for()
    await nurse.look("told", least=least)

    doctor = await opened(size)
    await sign_in(doctor, hospital, "lin-xueqin", of(alert))
    await doctor.heading("危急值 · 待处置").wait_for()
    await doctor.tap("显示全名")
    await doctor.sees("欧阳建国")
    await doctor.look("to-handle", least=least)
    await doctor.page.get_by_label("用药或调整用药").check(force=True)
    await doctor.page.get_by_label("立即复查").check(force=True)
    await doctor.page.get_by_label("补充说明").fill("静脉补钾，1 小时后复查")
    await doctor.tap("提交处置")
    await doctor.heading("危急值 · 待记录").wait_for()
    await doctor.look("handled", least=least)
    await hospital.crank()
    await nurse.heading("危急值 · 待记录").wait_for()  # by the socket, without touching anything
    await doctor.page.get_by_label("病程记录编号或位置").fill("病程记录 11-22 10:50")
    await doctor.tap("登记病程记录，闭环")
    await doctor.heading("危急值 · 已闭环").wait_for()
    await doctor.look("closed", least=least)
    await doctor.tap("查看整份报告")
    await doctor.heading("生化全套").wait_for()
    await doctor.look("report", least=least)
    await doctor.go("/doctor/alerts?show=ended")
    await doctor.sees("已闭环")
    await doctor.look("ended", least=least)
    for name in ("duty", "messages", "tasks"):
        await doctor.go(f"/doctor/{name}")
        await doctor.look(name, least=least)
