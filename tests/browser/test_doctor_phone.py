"""The critical-value story on the doctor's phone, and the bedside pages at every size."""

import pytest
from playwright.async_api import Locator

from notify.critical.model import Alert
from tests.browser.conftest import Open
from tests.browser.eyes import PC, PHONE, Eyes
from tests.helpers.bedside import alerted, earlier, inpatient, listening
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


async def look(eyes: Eyes, screen: str, least: int = 44, axe: bool = True) -> None:
    """From the top: what the tabs cover while a page is scrolled is no fault of its own."""
    await eyes.web.evaluate("scrollTo(0, 0)")
    await eyes.look(screen, least=least, axe=axe)


async def say(eyes: Eyes, alert: Alert, right: bool) -> None:
    """Reads a value back; the places of the values are different for each alert."""
    chosen = f"[value='{alert.value}']" if right else f":not([value='{alert.value}'])"
    radio = eyes.web.locator(f"input[name=value]{chosen}").first
    await radio.dispatch_event("click")  # wherever it stands: what is said above moves it
    await eyes.tap("复述并接收")


@SIZES
async def test_from_reading_back_to_closing(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    one = inpatient()
    await earlier(hospital, one, days=2, potassium="4.1")
    await earlier(hospital, one, days=1, potassium="3.3")
    alert = await alerted(hospital, one)
    nurse = await opened(size)
    await sign_in(nurse, hospital, "zhao-ting")
    await look(nurse, "home", least=least)
    await nurse.page.locator(f".alert-row[href='{of(alert)}']").click()
    await nurse.heading("危急值 · 待接收").wait_for()
    await look(nurse, "new", least=least)
    await say(nurse, alert, right=False)
    await nurse.sees("复述与检验结果不一致")
    await look(nurse, "misread", least=least)
    await say(nurse, alert, right=True)
    await nurse.heading("危急值 · 待通知医生").wait_for()
    await look(nurse, "received", least=least)
    await nurse.page.locator("form:has([name=physician])").get_by_label("林雪琴").check(force=True)
    await nurse.page.get_by_label("电话").check(force=True)
    await nurse.tap("登记已通知医生")
    await nurse.heading("危急值 · 待处置").wait_for()
    await look(nurse, "told", least=least)

    doctor = await opened(size)
    await sign_in(doctor, hospital, "lin-xueqin", of(alert))
    await doctor.heading("危急值 · 待处置").wait_for()
    await doctor.tap("显示全名")
    await doctor.sees("欧阳建国")
    await look(doctor, "to-handle", least=least)
    await doctor.page.get_by_label("用药或调整用药").check(force=True)
    await doctor.page.get_by_label("立即复查").check(force=True)
    await doctor.page.get_by_label("补充说明").fill("静脉补钾，1 小时后复查")
    await doctor.tap("提交处置")
    await doctor.heading("危急值 · 待记录").wait_for()
    await look(doctor, "handled", least=least)
    await hospital.crank()
    await nurse.heading("危急值 · 待记录").wait_for()  # by the socket, without touching anything
    await doctor.page.get_by_label("病程记录编号或位置").fill("病程记录 11-22 10:50")
    await doctor.tap("登记病程记录，闭环")
    await doctor.heading("危急值 · 已闭环").wait_for()
    await look(doctor, "closed", least=least)
    await doctor.tap("查看整份报告")
    await doctor.heading("生化全套").wait_for()
    await look(doctor, "report", least=least)
    await doctor.go("/doctor/alerts?show=ended")
    await doctor.sees("已闭环")
    await look(doctor, "ended", least=least)
    for name in ("duty", "messages", "tasks"):
        await doctor.go(f"/doctor/{name}")
        await look(doctor, name, least=least)
    await doctor.go(f"{of(alert)}?lang=en-US")
    await doctor.heading("Critical value · Closed").wait_for()
    await look(doctor, "closed-en", least=least, axe=False)


@pytest.mark.parametrize("size", [PHONE, PC], ids=["phone", "pc"])
async def test_the_card_arrives_is_opened_and_turns_grey(
    hospital: Hospital, opened: Open, size: dict
) -> None:
    await listening(hospital)
    phones = {}
    for key in ("zhao-ting", "lin-xueqin"):
        phones[key] = eyes = await opened(size)
        await eyes.page.goto(f"{hospital.phone_url}/__wecom/")
        await eyes.page.click(f"[data-person={key}]")
        await eyes.page.locator("#switch").wait_for(state="hidden")
    alert = await alerted(hospital)
    nurse, doctor = phones["zhao-ting"], phones["lin-xueqin"]
    for eyes in phones.values():
        card = card_of(eyes, alert)
        await card.get_by_role("button", name="查看").last.wait_for()
        assert alert.value not in await card.locator("dl").inner_text()
    await look(nurse, "card", axe=False)
    await open_card(nurse, alert)
    await nurse.heading("危急值 · 待接收").wait_for()  # signed in without a word
    await look(nurse, "opened")
    await say(nurse, alert, right=False)
    await nurse.sees("复述与检验结果不一致")
    await say(nurse, alert, right=True)
    await nurse.heading("危急值 · 待通知医生").wait_for()
    await hospital.crank()
    grey = card_of(doctor, alert).get_by_role("button", name="已由 赵婷 接收")
    await grey.wait_for()
    assert await grey.is_disabled()
    await look(doctor, "grey", axe=False)


def card_of(eyes: Eyes, alert: Alert) -> Locator:
    return eyes.page.locator(".task").filter(has_text=f" {alert.bed} 床")


async def open_card(eyes: Eyes, alert: Alert) -> None:
    """The card's button that opens its page in the WebView."""
    await card_of(eyes, alert).get_by_role("button", name="查看").last.click()
    frame = await (await eyes.page.wait_for_selector("#frame")).content_frame()
    assert frame
    eyes.web = frame
    await frame.wait_for_url("**/doctor/alerts/**")


@SIZES
async def test_every_step_is_a_form_without_javascript(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    alert = await alerted(hospital)
    eyes = await opened(size, java_script_enabled=False)
    await eyes.page.goto(f"{hospital.phone_url}/signin/wecom?next={of(alert)}")
    await eyes.page.click("[data-person=lin-xueqin]")  # WeCom's own consent page
    await eyes.heading("危急值 · 待接收").wait_for()
    await eyes.sees("还有 5 分钟")
    await eyes.look("plain-new", least=least, axe=False)
    await say(eyes, alert, right=False)
    await eyes.sees("复述与检验结果不一致")
    await say(eyes, alert, right=True)
    await eyes.heading("危急值 · 待处置").wait_for()
    await eyes.tap("显示全名")
    await eyes.sees("欧阳建国")
    await eyes.tap("返回警报")
    await eyes.page.get_by_label("补液或输血").check(force=True)
    await eyes.tap("提交处置")
    await eyes.heading("危急值 · 待记录").wait_for()
    await eyes.look("plain-handled", least=least, axe=False)
    await eyes.page.get_by_label("病程记录编号或位置").fill("病程记录 2")
    await eyes.tap("登记病程记录，闭环")
    await eyes.heading("危急值 · 已闭环").wait_for()
    await eyes.look("plain-closed", least=least, axe=False)


@SIZES
async def test_refusals_say_what_to_do(
    hospital: Hospital, opened: Open, size: dict, least: int
) -> None:
    eyes = await opened(size)
    await sign_in(eyes, hospital, "gu-ruolan", "/doctor/alerts/alrnowhere")
    await eyes.heading("没有找到").wait_for()
    await eyes.look("not-found", least=least)
    known = hospital.house.db.raw("staff")
    await known.update_one({"wecom": "bai-jingchuan"}, {"$set": {"roles": ["finance"]}})
    other = await opened(size)
    await sign_in(other, hospital, "bai-jingchuan")
    await other.heading("这里供临床与管理岗位使用").wait_for()
    await other.look("no-role", least=least)
