"""The doctor's phone in a real browser: cards, choices, taps that call back, pages, people."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.eyes import AXE, RULES, TARGETS
from tests.helpers.chromium import tab
from tests.helpers.outpatient import IN_ONE_LOOP, fixture
from tests.helpers.sandbox import Sandbox
from tests.wire.wecom.cards import GOT, LOOK, READ_BACK, card
from tests.wire.wecom.conftest import World, opened

pytestmark = [pytest.mark.browser, IN_ONE_LOOP]
ZHOU = "zhou-qiming"


@fixture
async def world(platform: Sandbox) -> AsyncIterator[World]:
    async with opened(platform) as world:
        yield world


@fixture(params=[(390, 844), (1440, 900)], ids=["phone", "pc"])
async def page(
    world: World, platform: Sandbox, browser: Browser, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """周启明's phone; ends with no script error."""
    async with tab(browser, request.param, f"{platform.phone_url}/__wecom/") as page:
        await page.click(f"[data-person={ZHOU}]")
        await expect(page.locator("#switch")).to_be_hidden()
        yield page


async def test_a_choice_and_a_tap_reach_the_hospital_and_close_the_card(page: Page, world: World):
    await world.wecom.send_card([ZHOU], card(choice=READ_BACK))
    await page.get_by_label("血钾读回").select_option("8.62")
    await page.get_by_role("button", name="收到").click()
    await world.until(lambda: world.told)
    (tap,) = world.told
    assert (tap.userid, tap.event_key, tap.chosen) == (ZHOU, "got", {"k": ("b",)})
    await world.wecom.update_card(tap.response_code, [ZHOU], "周启明 已收到")
    await expect(page.get_by_role("button", name="周启明 已收到")).to_be_disabled()
    await expect(page.get_by_role("button", name="收到", exact=True)).to_have_count(0)
    await expect(page.get_by_label("血钾读回")).to_have_count(0)


async def test_a_card_that_becomes_another_is_shown_so(page: Page, world: World):
    sent = await world.wecom.send_card([ZHOU], card())
    await page.get_by_text("危急值待确认").wait_for()
    later = card(title="危急值已处置", source_color=3, buttons=(GOT, LOOK), closed="已闭环")
    await world.wecom.update_card(sent.response_code, [ZHOU], later)
    await page.get_by_text("危急值已处置").wait_for()
    await expect(page.get_by_role("button", name="已闭环")).to_be_disabled()


async def test_a_hospital_that_does_not_answer_is_said_and_may_be_tried_again(
    page: Page, world: World
):
    world.answers += [500] * 6
    await world.wecom.send_card([ZHOU], card())
    for tries in (3, 6):
        await page.get_by_role("button", name="收到").click()
        await world.until(lambda: len(world.told) == tries)  # noqa: B023 awaited here
        await page.get_by_text("医院系统未响应").wait_for()
    await page.get_by_role("button", name="收到").click()
    await world.until(lambda: len(world.told) == 7)
    await expect(page.get_by_text("医院系统未响应")).to_have_count(0)


async def test_a_link_opens_in_wecom_and_signs_in_silently(page: Page, world: World):
    await world.wecom.send_card([ZHOU], card())
    await page.get_by_role("button", name="查看").click()
    web = page.frame_locator("#frame")
    await expect(web.locator("h1")).to_have_text(ZHOU)
    await expect(web.locator("p")).to_contain_text("wxwork/4.1.22 MicroMessenger/")
    await expect(page.locator("#title")).to_have_text("危急值")
    await world.wecom.send_text([ZHOU], "新的危急值，请查看")
    await page.get_by_role("button", name="新的危急值，请查看").click()
    await expect(page.locator("#web")).to_be_hidden()
    await expect(page.get_by_text("新的危急值，请查看").first).to_be_visible()


async def test_only_what_was_really_shown_is_seen(page: Page, world: World):
    await world.fault("/qy/cgi-bin/message/send", "wecom_drop")
    await world.wecom.send_text([ZHOU], "这条丢了")
    await world.wecom.send_text([ZHOU], "这条到了")
    await page.get_by_text("这条到了").wait_for()
    await expect(page.get_by_text("这条丢了")).to_have_count(0)


async def test_another_person_is_another_phone(page: Page, world: World):
    await world.wecom.send_text([ZHOU], "给周启明")
    await page.get_by_text("给周启明").wait_for()
    await world.wecom.send_text(["staff-17"], "给职工17")
    await page.click("#owner")
    await page.get_by_label("压测职工").fill("17")
    await page.get_by_role("button", name="进入").click()
    await page.get_by_text("给职工17").wait_for()
    await expect(page.get_by_text("给周启明")).to_have_count(0)
    await page.click("#owner")
    await page.click("[data-person=wu-gang]")
    await page.get_by_text("不在应用可见范围内").wait_for()


async def test_the_screen_can_be_read_and_touched_by_everybody(page: Page, world: World):
    sent = await world.wecom.send_card([ZHOU], card("crit-0"))
    await world.wecom.update_card(sent.response_code, [ZHOU], "已处置")
    await world.wecom.send_text([ZHOU], "今日值班")
    await world.wecom.send_card([ZHOU], card(choice=READ_BACK, source_color=2, text="字" * 160))
    await page.get_by_label("血钾读回").wait_for()
    await page.evaluate(AXE.read_text("utf-8"))
    for open_panel in (False, True):
        if open_panel:
            await page.click("#owner")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.evaluate("talk.scrollWidth <= talk.clientWidth")
        found = await page.evaluate(f"axe.run(document, {RULES})")
        assert [(one["id"], one["nodes"][0]["target"]) for one in found["violations"]] == []
        small = [(px, words) for px, words in await page.evaluate(TARGETS) if px < 44]
        assert small == []
