"""What happens elsewhere is on an open bedside page by itself, and never in the reader's way."""

import pytest

from notify.critical import service as critical
from notify.critical.model import Alert, Handle, ReadBack
from tests.browser.conftest import Open
from tests.browser.eyes import Eyes
from tests.browser.test_doctor_phone import of, sign_in
from tests.helpers.bedside import acting, alerted
from tests.helpers.hospital import Hospital

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def received(hospital: Hospital, alert: Alert, key: str) -> Alert:
    """Somebody reads it back on another phone."""
    form = ReadBack(item=alert.item, value=alert.value)
    done = await critical.receive(acting(hospital, key), alert.id, alert.version, form)
    await hospital.crank()
    return done


def row(eyes: Eyes, alert: Alert):
    return eyes.page.locator(f".alert-row[href='{of(alert)}']")


async def test_a_new_alert_comes_onto_the_open_first_page(hospital: Hospital, opened: Open) -> None:
    eyes = await opened()
    await sign_in(eyes, hospital, "zhao-ting")
    await eyes.page.get_by_role("button", name="开启提示音").click()
    await eyes.page.get_by_role("button", name="提示音已开启").wait_for()
    alert = await alerted(hospital)
    await row(eyes, alert).wait_for()
    await eyes.page.locator("#heard:has-text('已更新')").wait_for(state="attached")
    await received(hospital, alert, "lin-xueqin")
    await row(eyes, alert).get_by_text("待处置").wait_for()
    await eyes.look("home-live")


async def test_where_sockets_do_not_pass_the_page_asks(hospital: Hospital, opened: Open) -> None:
    eyes = await opened()
    await eyes.page.route_web_socket("**/live*", lambda socket: socket.close())
    await sign_in(eyes, hospital, "zhao-ting")
    await eyes.page.locator("[data-offline]:not([hidden])").wait_for()
    alert = await alerted(hospital)
    await row(eyes, alert).wait_for()


async def test_what_was_typed_stays_when_news_come(hospital: Hospital, opened: Open) -> None:
    alert = await alerted(hospital)
    await received(hospital, alert, "lin-xueqin")
    eyes = await opened()
    await sign_in(eyes, hospital, "lin-xueqin", of(alert))
    await eyes.page.get_by_label("立即复查").check(force=True)
    await eyes.page.get_by_label("补充说明").fill("静脉补钾")
    other = await alerted(hospital)  # news of another one swap nothing here
    await eyes.page.evaluate("document.querySelector('#live').id")
    await eyes.page.evaluate("htmx.trigger('#live', 'news')")
    await eyes.page.locator("#heard:has-text('已更新')").wait_for(state="attached")
    assert await eyes.page.get_by_label("立即复查").is_checked()
    assert await eyes.page.get_by_label("补充说明").input_value() == "静脉补钾"
    form = Handle(measures=["RECHECK"], note="")
    await critical.handle(acting(hospital, "zhou-qiming"), alert.id, alert.version, form)
    await hospital.crank()
    await eyes.heading("危急值 · 待记录").wait_for()
    assert (await critical.recorded(hospital.ctx(), other.id)).state == "RAISED"


async def test_the_clock_counts_by_the_servers_time(hospital: Hospital, opened: Open) -> None:
    alert = await alerted(hospital)
    eyes = await opened()
    await eyes.page.clock.install()
    await sign_in(eyes, hospital, "zhao-ting", of(alert))
    clock = eyes.page.locator(".sheet-head .clock")
    assert (await clock.inner_text()).startswith("还有 4:5")
    await eyes.page.clock.fast_forward("04:00")
    await eyes.page.wait_for_function(
        "document.querySelector('.clock').textContent.includes('0:5')"
    )
    await eyes.page.clock.fast_forward("02:00")
    await eyes.page.wait_for_function("document.querySelector('.clock.late')")
    assert (await clock.inner_text()).startswith("已超时 1:0")
