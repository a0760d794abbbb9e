"""A real browser's page as a test sees it: what it shows, and what must never happen on it."""

import os
import re
from pathlib import Path

from playwright.async_api import BrowserContext, ConsoleMessage, Frame, Locator, Page

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = os.environ.get("WX_SCREENSHOTS")
"""A folder for a picture of every screen; nothing is kept without it."""

PHONE = {"width": 390, "height": 844}
PC = {"width": 1440, "height": 900}
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
JUDGED = """async rules => {
    const bars = [...document.querySelectorAll('body *')]
        .filter(el => ['fixed', 'sticky'].includes(getComputedStyle(el).position));
    bars.forEach(el => { el.style.position = 'static'; });
    const fading = document.getAnimations().filter(one => one instanceof CSSTransition);
    await Promise.allSettled(fading.map(one => one.finished));
    try { return await axe.run(document, rules); }
    finally { bars.forEach(el => { el.style.position = ''; }); }
}"""
"""What a bar at the screen's edge happens to cover is scrolled to, not too small; what fades in is
judged when it is there."""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TARGETS = """[...document.querySelectorAll('a, button, select, summary')]
    .filter(el => el.offsetParent && !el.closest('.skip'))
    .filter(el => getComputedStyle(el).display !== 'inline')
    .map(el => [(el.closest('.weui-cell') || el).getBoundingClientRect(), el.textContent.trim()])
    .map(([box, words]) => [Math.round(box.height), words.slice(0, 20)])"""
TEXTS = """[...document.querySelectorAll('main *')]
    .filter(el => el.offsetParent)
    .filter(el => [...el.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(el => [parseFloat(getComputedStyle(el).fontSize), el.textContent.trim().slice(0, 20)])"""
REPORT = (
    "document.addEventListener('securitypolicyviolation',"
    " e => window.reported(`${e.violatedDirective} ${e.blockedURI} ${location.pathname}`));"
)


class Eyes:
    """One tab. ``web`` is where the product is shown: the page, or the phone's WebView in it."""

    def __init__(self, page: Page, name: str):
        self.page, self.name = page, name
        self.web: Page | Frame = page
        self.reports: list[str] = []
        self._pictures = 0
        page.on("pageerror", lambda error: self.report(f"script: {error}"))
        page.on("console", self._heard)

    @classmethod
    async def open(cls, context: BrowserContext, name: str) -> "Eyes":
        page = await context.new_page()
        eyes = cls(page, name)
        await page.expose_function("reported", eyes.report)
        await page.add_init_script(REPORT)
        return eyes

    def report(self, words: str) -> None:
        self.reports.append(words)

    def _heard(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.report(message.text)

    async def webview(self, url: str, person: str, menu: str, app: str = "wechat") -> None:
        """Opens an app on the phone, hands it to ``person``, and taps a button of its menu."""
        await self.page.goto(f"{url}/__{app}/")
        await self.page.click(f"[data-person={person}]")
        await self.page.get_by_role("button", name=menu, exact=True).click()
        frame = await (await self.page.wait_for_selector("#frame")).content_frame()
        assert frame
        self.web = frame
        await frame.wait_for_url("**/h5/**")

    async def sign_in(self, url: str, person: str, path: str = "/h5/") -> None:
        """As ``person`` inside WeChat, the page itself being the WebView; then to ``path``."""
        await self.page.goto(f"{url}/__wechat/")
        await self.page.click(f"[data-person={person}]")
        await self.page.locator("#switch").wait_for(state="hidden")
        await self.page.goto(f"{url}/signin?next={path}")

    async def go(self, path: str) -> None:
        """An address typed or followed; the part before the path stays."""
        origin = re.match(r"https?://[^/]+", self.web.url)
        assert origin
        await self.web.goto(origin[0] + path)

    def heading(self, words: str) -> Locator:
        return self.web.get_by_role("heading", name=words).first

    async def tap(self, words: str) -> None:
        """A link or button with these words."""
        found = self.web.get_by_role("link", name=words).or_(
            self.web.get_by_role("button", name=words)
        )
        await found.first.click()

    async def sees(self, words: str) -> None:
        await self.web.get_by_text(words).first.wait_for()

    async def look(
        self, screen: str, axe: bool = True, care: bool = False, least: int = 44
    ) -> None:
        """Takes a picture, then holds the screen to the rules of every screen; targets are at least
        ``least`` CSS pixels high.

        The page is loaded first: without its style sheet it would be measured as bare text. What is
        dimmed while it asks for news is waited for.
        """
        await self.web.wait_for_load_state("load")
        await self.web.locator(".htmx-request, #list.waiting").first.wait_for(state="detached")
        await self._picture(screen)
        assert await self.web.evaluate(WIDE) <= 0, f"{screen} scrolls sideways"
        assert self.reports == [], (screen, self.reports)
        if axe:
            wrong = await self._axe()
            assert wrong == [], (screen, wrong)
        if care:
            small = await self._below(TEXTS, 18)
            assert small == [], (screen, small)
        low = await self._below(TARGETS, 60 if care else least)
        assert low == [], (screen, low)

    async def _picture(self, screen: str) -> None:
        if SHOTS:
            self._pictures += 1
            path = Path(SHOTS) / f"{self.name}-{self._pictures:02}-{screen}.png"
            await self.page.screenshot(path=path, full_page=self.web is self.page)

    async def _below(self, measure: str, least: float) -> list[tuple[float, str]]:
        """What is smaller than ``least`` CSS pixels, with its words."""
        return [(px, words) for px, words in await self.web.evaluate(measure) if px < least]

    async def _axe(self) -> list[str]:
        if not await self.web.evaluate("typeof axe !== 'undefined'"):
            await self.web.evaluate(AXE.read_text("utf-8"))
        found = await self.web.evaluate(JUDGED, RULES)
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            for node in one["nodes"]
        ]
