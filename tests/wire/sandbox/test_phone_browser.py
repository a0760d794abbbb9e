"""The phone in a real browser: conversation, WebView, bridge and pay sheet under a strict CSP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, FrameLocator, Page

from tests.helpers.chromium import tab
from tests.helpers.outpatient import IN_ONE_LOOP, fixture
from tests.wire.sandbox.conftest import pocketed
from tests.wire.sandbox.pocket import Phone

pytestmark = [pytest.mark.browser, IN_ONE_LOOP]


@fixture
async def phone(home: Path) -> AsyncIterator[Phone]:
    async with pocketed(home) as phone:
        yield phone


@fixture(params=[(390, 844), (1440, 900)], ids=["phone", "pc"])
async def page(
    phone: Phone, browser: Browser, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """The phone's own page; ends with no script error."""
    async with tab(browser, request.param, f"{phone.url}/__wechat/") as page:
        yield page


async def open_web(page: Page) -> FrameLocator:
    """王秀兰 taps the first menu button."""
    await page.click("[data-person=wang-xiulan]")
    await page.click("#menu button:first-child")
    web = page.frame_locator("#frame")
    await web.locator("#who").filter(has_text="owang-xiulan").wait_for()
    return web


def state(phone: Phone) -> str:
    return phone.running.box.desk.order("out_trade_no", "order-0001")["state"]


async def test_six_digits_pay(page: Page, phone: Phone) -> None:
    web = await open_web(page)
    await web.locator("#pay").click()
    await web.get_by_text("￥50.00").wait_for()
    for digit in "135790":
        await web.get_by_role("button", name=digit, exact=True).click()
    await web.get_by_text("get_brand_wcpay_request:ok").wait_for()
    assert state(phone) == "SUCCESS"
    assert await page.locator("#title").inner_text() == "挂号·ready"


async def test_wrong_password_then_cancel(page: Page, phone: Phone) -> None:
    web = await open_web(page)
    await web.locator("#pay").click()
    await web.get_by_role("button", name="密码错误").click()
    await web.get_by_text("支付密码错误，请重试").wait_for()
    await web.get_by_role("button", name="取消").last.click()
    await web.get_by_text("get_brand_wcpay_request:cancel").wait_for()
    assert state(phone) == "NOTPAY"


async def test_time_out_then_another_owner(page: Page, phone: Phone) -> None:
    web = await open_web(page)
    await web.locator("#pay").click()
    await web.get_by_role("button", name="超时").click()
    await web.get_by_text("get_brand_wcpay_request:fail").wait_for()
    assert state(phone) == "NOTPAY"
    await page.click("#close")
    await page.click("#owner")
    await page.click("[data-person=zhao-lei]")
    await page.get_by_role("button", name="关注服务号", exact=True).click()
    await page.get_by_role("button", name="预约挂号").wait_for()


async def test_nothing_scrolls_sideways(page: Page) -> None:
    await open_web(page)
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not await page.evaluate(wide)
