"""The timetable in a real browser, with and without scripts: templates, the week, one session."""

from datetime import timedelta

import pytest

from tests.browser.conftest import Open
from tests.browser.eyes import Eyes
from tests.browser.test_console import SIZES, menu, sign_in
from tests.helpers.hospital import Hospital

pytestmark = pytest.mark.asyncio(loop_scope="module")


@SIZES
async def test_a_template_becomes_numbers(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    eyes = await opened(size)
    await sign_in(eyes, hospital, "tao-hui")
    await menu(eyes, "出诊模板", size)
    await eyes.look("templates", least=least)
    await eyes.tap("新建模板")
    await eyes.heading("新建模板").wait_for()
    await fill(
        eyes, hospital, room=f"{400 + least} 诊室", begins="20:00" if least > 30 else "18:00"
    )
    await eyes.page.fill("#referral_percent", "5")
    await eyes.look("template-new", least=least)
    await eyes.tap("建立模板")
    await eyes.sees("转诊号不少于 20%")
    await eyes.look("template-refused", least=least)
    await eyes.page.fill("#referral_percent", "20")
    await eyes.tap("建立模板")
    await eyes.sees("模板已建立")
    await eyes.look("preview", least=least)
    await eyes.tap("立即生成")
    await eyes.sees("排队中")
    await hospital.crank()
    await eyes.sees("已完成：新增 2")
    await eyes.look("making-done", least=least)
    await eyes.tap("查看还要生成的")
    await eyes.page.select_option("[name=redo]", value="1")
    await eyes.sees("重新生成")
    await eyes.look("preview-again", least=least)
    eyes.page.once("dialog", lambda dialog: dialog.accept())
    await eyes.tap("重新生成")
    await eyes.sees("排队中")
    await eyes.look("making", least=least)
    eyes.page.once("dialog", lambda dialog: dialog.accept())
    await eyes.tap("取消生成")
    await eyes.sees("查看还要生成的")
    await eyes.look("making-cancelled", least=least)
    await eyes.tap("生成记录")
    await eyes.look("makings", least=least)
    await hospital.catch_up()
    await menu(eyes, "号池", size)
    await eyes.page.select_option("[name=date]", value=the_day(hospital).isoformat())
    await eyes.sees("转诊 5–5 号")
    await eyes.look("pools", least=least)


@SIZES
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
async def test_a_session_is_given_to_a_colleague_then_closed(
    hospital: Hospital, opened: Open, size: dict, least: int, scripts: bool
) -> None:
    eyes = await opened(size, java_script_enabled=scripts)
    eyes.page.on("dialog", lambda dialog: dialog.accept())
    await sign_in(eyes, hospital, "tao-hui")
    week = the_day(hospital) + timedelta(days=1)
    await eyes.page.goto(f"{hospital.url}/console/schedules?week={week}")
    if scripts:
        await eyes.look("week", least=least)
    session = eyes.page.locator("td a.duty", has_text="上午")
    free = session.filter(has_not_text="停诊").filter(has_not_text="调整")
    await free.last.click()
    await eyes.heading("替诊与调整").wait_for()
    if scripts:
        await eyes.look("session", least=least)
    await eyes.page.fill("#room", "309 诊室")
    await eyes.page.fill("#reason", "诊室检修")
    await eyes.tap("调整这一天")
    await eyes.sees("已生效")
    await eyes.page.fill("#close-reason", "医生外出开会")
    await eyes.page.get_by_role("button", name="停诊", exact=True).click()
    await eyes.sees("停诊原因：医生外出开会")
    if scripts:
        await eyes.look("session-closed", least=least)


def the_day(hospital: Hospital):
    return hospital.ctx().today() + timedelta(days=5)


async def fill(eyes: Eyes, hospital: Hospital, room: str, begins: str) -> None:
    """One evening of a dentist, who has none otherwise."""
    day = the_day(hospital)
    await eyes.page.select_option("#doctor_id", label="口腔科 方子衡 主治医师")
    await eyes.page.select_option("#weekday", value=str(day.weekday()))
    await eyes.page.select_option("#session", label="晚间")
    await eyes.page.fill("#begins", begins)
    await eyes.page.fill("#ends", f"{int(begins[:2]) + 1}:00")
    await eyes.page.fill("#room", room)
    await eyes.page.fill("#effective_from", day.isoformat())
    await eyes.page.fill("#until", day.isoformat())
    await eyes.page.check("#holidays")
