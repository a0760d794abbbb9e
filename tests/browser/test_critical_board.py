"""The live board of critical values in a real browser, at PC and phone size."""

import pytest

from notify.critical import service as critical
from notify.critical.model import Handle, Notify, ReadBack
from tests.browser.conftest import Open
from tests.browser.eyes import PC, PHONE, Eyes
from tests.browser.test_console import SIZES, menu, sign_in
from tests.helpers import bedside
from tests.helpers.hospital import Hospital
from wx_backend.entrypoints.demo import staff

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUPERVISOR = "ma-guohua"
"""Of the medical affairs office: watches over everything and may receive."""


COUNTED = """
window.stays = true;
window.rings = 0;
const ring = window.alarm.ring;
window.alarm.ring = () => { window.rings += 1; ring(); };
true
"""
"""The page counts how often it sounds, as long as it is not loaded anew."""


async def ended(hospital: Hospital) -> None:
    """Alerts of the test before are off the board."""
    await hospital.house.db.raw("alerts").delete_many({})


async def on_board(hospital: Hospital, opened: Open, size: dict, **options: object) -> Eyes:
    eyes = await opened(size, **options)
    await sign_in(eyes, hospital, SUPERVISOR)
    await menu(eyes, "危急值闭环", size)
    return eyes


@SIZES
async def test_a_new_alert_appears_by_itself_and_is_heard(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    await ended(hospital)
    eyes = await on_board(hospital, opened, size)
    await eyes.sees("现在没有危急值")
    await eyes.page.locator(".live-chip.up").wait_for()
    await eyes.look("empty", least=least)
    bell = eyes.page.locator("[data-bell]")
    assert await bell.get_attribute("aria-pressed") == "false"
    await bell.click()
    await eyes.page.locator("[data-bell][aria-pressed=true]:has-text('声音已开启')").wait_for()
    await eyes.page.evaluate(COUNTED)
    alert = await bedside.alerted(hospital)
    row = eyes.page.locator(f"[data-alert={alert.id}]")
    await row.wait_for()
    await eyes.page.locator("[data-alarm]:has-text('新危急值')").wait_for()
    assert await eyes.page.evaluate("[window.stays, window.rings]") == [True, 1]
    assert (await eyes.page.title()).startswith("● 新危急值")
    await eyes.look("raised", least=least)
    clock = row.locator("[data-due]")
    before = await clock.inner_text()
    assert before.startswith("还有 ")
    await eyes.page.wait_for_function(
        "([one, text]) => document.querySelector(one).textContent !== text",
        arg=[f"[data-alert={alert.id}] [data-due]", before],
    )
    await eyes.page.reload()
    await eyes.page.locator("[data-bell]:has-text('点此恢复声音')").wait_for()
    await eyes.heading("危急值闭环").click()
    await eyes.page.locator("[data-bell]:has-text('声音已开启')").wait_for()


@SIZES
async def test_any_page_sounds_the_alarm(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    await ended(hospital)
    eyes = await opened(size)
    await sign_in(eyes, hospital, SUPERVISOR)
    await menu(eyes, "值班表", size)
    bell = eyes.page.locator("[data-bell]")
    await bell.click()
    await eyes.page.locator("[data-bell][aria-pressed=true]").wait_for()
    await eyes.page.evaluate(COUNTED)
    alert = await bedside.alerted(hospital)
    await eyes.page.locator("#watch a:has-text('1 条待接收')").wait_for()
    await eyes.page.wait_for_function("() => window.stays && window.rings === 1")
    await eyes.page.wait_for_function("() => document.title.startsWith('● 危急值')")
    await eyes.look("watched", least=least)
    kept = await eyes.page.evaluate("({...localStorage, ...sessionStorage})")
    assert kept == {"alarm-sound": "on", "htmx-current-path-for-history": "/console/rosters"}
    form = ReadBack(item=alert.item, value=alert.value)
    await critical.receive(bedside.acting(hospital, "lin-xueqin"), alert.id, 0, form)
    await hospital.crank()
    await eyes.page.locator("#watch a").wait_for(state="detached")
    await eyes.page.wait_for_function("() => !document.title.startsWith('●')")
    await eyes.page.locator("#main").click()
    await eyes.page.goto(f"{hospital.url}/console/critical/{alert.id}")
    await eyes.page.locator("[data-bell]:not([hidden])").wait_for()
    await bedside.alerted(hospital, bedside.inpatient("W05", "he-zhiyuan"))
    await eyes.page.locator("#watch a:has-text('1 条待接收')").wait_for()
    await eyes.look("beside-another", least=least)


@SIZES
async def test_from_the_board_to_the_end(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    await ended(hospital)
    alert = await bedside.alerted(hospital)
    eyes = await on_board(hospital, opened, size)
    await eyes.page.locator(f"[data-alert={alert.id}]").get_by_role("link", name="接收").click()
    await eyes.sees("复述并接收")
    await eyes.look("alert", least=least)
    values = eyes.page.locator("[name=value]")
    wrong = [one.value for one in critical.choices(alert)[1:]].index(alert.value) - 1
    await values.nth(wrong).check()
    await eyes.tap("复述并接收")
    await eyes.sees("复述与检验结果不一致")
    await eyes.look("misread", least=least)
    await eyes.page.locator(f"[name=value][value='{alert.value}']").check()
    await eyes.tap("复述并接收")
    await eyes.sees("复述正确，已记录接收")
    await eyes.look("received", least=least)
    await eyes.page.locator("[name=physician]").first.check()
    await eyes.page.get_by_label("电话").check()
    await eyes.tap("登记已通知医生")
    await eyes.sees("已登记通知医生")
    await eyes.look("notified", least=least)
    doctor = staff.BY_KEY["lin-xueqin"]
    here = bedside.acting(hospital, doctor.key)
    form = Handle(measures=["MEDICATION"], note="静脉补钾")
    await critical.handle(here, alert.id, 0, form)
    await hospital.crank()
    await eyes.page.locator("[data-changed]:not([hidden])").wait_for()
    await eyes.look("changed", least=least)
    await eyes.tap("查看最新情况")
    await eyes.sees("静脉补钾")
    await eyes.look("handled", least=least)
    await eyes.go(f"/console/critical/{alert.id}?lang=en-US")
    await eyes.heading("Timeline").wait_for()
    await eyes.look("handled-en", least=least, axe=False)
    await eyes.go("/console/critical")
    await eyes.look("board-en", least=least, axe=False)


@SIZES
async def test_what_is_overdue_is_red_and_filters_hold(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    await ended(hospital)
    first = await bedside.alerted(hospital)
    second = await bedside.alerted(hospital, bedside.inpatient("W05", "he-zhiyuan"))
    nurse = bedside.acting(hospital, "zhao-ting")
    form = ReadBack(item=first.item, value=first.value)
    received = await critical.receive(nurse, first.id, 0, form)
    told = Notify(physician=staff.BY_KEY["lin-xueqin"].id, how="PHONE")
    await critical.notify_physician(nurse, first.id, received.version, told)
    alerts = hospital.house.db.raw("alerts")
    late = second.raised_at.replace(year=second.raised_at.year - 1)
    await alerts.update_one({"_id": second.id}, {"$set": {"raised_at": late}})
    eyes = await on_board(hospital, opened, size)
    await eyes.page.locator(f"tr.hot[data-alert={second.id}]:has-text('已超时')").wait_for()
    assert await eyes.page.locator(f"tr.hot[data-alert={first.id}]").count() == 0
    assert await eyes.page.locator("tr[data-alert]").first.get_attribute("data-alert") == second.id
    await eyes.look("overdue", least=least)
    await eyes.page.select_option("[name=state]", label="已通知医生")
    await eyes.page.locator(f"[data-alert={second.id}]").wait_for(state="detached")
    third = await bedside.alerted(hospital)
    await eyes.page.locator(".kpi:has-text('待接收') .figure:has-text('2')").wait_for()
    assert await eyes.page.locator(f"[data-alert={third.id}]").count() == 0, "not in this view"
    await eyes.look("filtered", least=least)


@SIZES
async def test_indicators_of_the_month(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    await bedside.alerted(hospital)
    eyes = await on_board(hospital, opened, size)
    await eyes.tap("月度指标")
    await eyes.page.locator("[data-chart] canvas").wait_for()
    await eyes.look("figures", least=least)
    async with eyes.page.expect_download() as made:
        await eyes.tap("导出")
    assert (await made.value).suggested_filename.startswith("critical-")
    await eyes.go("/console/critical/figures?lang=en-US")
    await eyes.look("figures-en", least=least, axe=False)


async def test_without_scripts_the_board_is_read_and_acted_upon(
    hospital: Hospital, opened: Open
) -> None:
    await ended(hospital)
    alert = await bedside.alerted(hospital)
    eyes = await opened(PHONE, java_script_enabled=False)
    await sign_in(eyes, hospital, SUPERVISOR)
    await eyes.page.goto(f"{hospital.url}/console/critical")
    assert "还有" in await eyes.page.inner_text("[data-due]")
    assert await eyes.page.locator("noscript meta[http-equiv=refresh]").count() == 1
    await eyes.page.get_by_role("link", name="接收").click()
    await eyes.page.check(f"[name=value][value='{alert.value}']")
    await eyes.tap("复述并接收")
    await eyes.sees("复述正确，已记录接收")


async def test_who_is_not_on_duty_sees_nothing_of_others(hospital: Hospital, opened: Open) -> None:
    await ended(hospital)
    await bedside.alerted(hospital)
    eyes = await opened(PC)
    await sign_in(eyes, hospital, "he-zhiyuan")
    await eyes.page.goto(f"{hospital.url}/console/critical")
    await eyes.sees("现在没有危急值")
