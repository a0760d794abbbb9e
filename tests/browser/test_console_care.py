"""The console's pages for those who look after the house: limits, dead letters, seals, WeCom."""

import pytest

from tests.browser.conftest import Open
from tests.browser.eyes import PC
from tests.browser.test_console import SIZES, menu, sign_in
from tests.flows.test_console_dead_letters import alarmed, parked
from tests.helpers.hospital import Hospital
from wx_backend.entrypoints.demo import staff

pytestmark = pytest.mark.asyncio(loop_scope="module")


@SIZES
async def test_critical_limits(hospital: Hospital, opened: Open, size: dict, least: int) -> None:
    laboratory, affairs = await opened(size), await opened(size)
    await sign_in(laboratory, hospital, "lu-min")
    await menu(laboratory, "危急值闭环", size)
    await laboratory.tap("危急界值")
    await laboratory.look("limits", least=least)
    row = laboratory.page.locator("tr:has-text('血钾')")
    await row.get_by_role("link", name="提出修改").click()
    await laboratory.look("limit", least=least)
    await laboratory.page.get_by_label("成人低限").fill("9")
    await laboratory.tap("提交审批")
    await laboratory.sees("低限须小于高限")
    await laboratory.look("limit-wrong", least=least)
    await laboratory.page.get_by_label("成人低限").fill(f"3.{least}")
    await laboratory.tap("提交审批")
    await laboratory.sees("已提交")
    await laboratory.look("limits-proposed", least=least)
    await sign_in(affairs, hospital, "ma-guohua")
    await affairs.page.goto(f"{hospital.url}/console/critical/rules")
    await affairs.look("limits-to-decide", least=least)
    affairs.page.once("dialog", lambda dialog: dialog.accept())
    await affairs.tap("批准")
    await affairs.sees("已批准，自生效日起使用")
    await affairs.look("limits-approved", least=least)


@SIZES
async def test_dead_letters(hospital: Hospital, opened: Open, size: dict, least: int) -> None:
    await alarmed(hospital)
    await parked(hospital)
    admin = await opened(size)
    await sign_in(admin, hospital, "cheng-hao")
    await menu(admin, "搁置投递", size)
    await admin.look("laid-aside", least=least)
    await admin.page.get_by_role("link", name="修改后投递").first.click()
    await admin.look("mend", least=least)
    await admin.page.goto(f"{hospital.url}/console/dead-letters")
    await admin.page.get_by_role("link", name="查看与处理").first.click()
    await admin.look("letter", least=least)
    text = await admin.page.input_value("[name=text]")
    await admin.page.fill("[name=text]", text.replace("PID|1||", "PID|1||M1001^^^JQ^MR"))
    await admin.page.fill("[name=reason]", "补上病历号")
    await admin.tap("重新处理")
    await admin.sees("消息已处理")


@SIZES
async def test_the_trail_is_verified(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    auditor = await opened(size)
    await sign_in(auditor, hospital, "xia-lan")
    await hospital.crank()
    await auditor.tap("核对")
    await auditor.look("seals", least=least)
    await auditor.tap("开始核对")
    await auditor.sees("条记录与封存时一致")
    await auditor.look("seals-whole", least=least)


async def test_a_nurse_signs_in_through_wecom_on_a_pc(hospital: Hospital, opened: Open) -> None:
    nurse = await opened(PC)
    await nurse.page.goto(f"{hospital.url}/console/critical")
    await nurse.heading("员工登录").wait_for()
    await nurse.tap("企业微信登录")
    await nurse.look("wecom-consent", axe=False, least=1)
    await nurse.page.get_by_text(staff.BY_KEY["zhao-ting"].name).first.click()
    await nurse.heading("危急值闭环").wait_for()
    await nurse.page.get_by_role("button", name="赵婷").click()
    await nurse.sees("企业微信登录")
    await nurse.look("nurse", least=24)
