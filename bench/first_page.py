"""``first_page``: the patient's first page in Chromium at 1.6 Mbit/s, 150 ms and a CPU four times
slower: bytes over the wire of the page and all it loads, and when it can be used, cold and warm.

Reference: the limits of quality.md (60 KB, 1.2 s cold, 0.7 s warm).
"""

import asyncio
from collections.abc import Iterator

import msgspec
from playwright.async_api import Browser, BrowserContext, async_playwright

from bench.figures import Figure, median
from bench.load import HOST
from bench.stage import Stage
from tests.helpers import chromium

MEGABIT = 1_000_000 / 8
SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1.6 * MEGABIT,
    "uploadThroughput": 0.75 * MEGABIT,
}
CPU_SLOWDOWN = 4
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "locale": "zh-CN"}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
LIMITS = {"first_page bytes": 60.0, "first_page cold": 1.2, "first_page warm": 0.7}
INTERACTIVE = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"


class View(msgspec.Struct):
    """One opening of the page."""

    seconds: float
    kilobytes: float
    requests: int


def run(quick: bool) -> Iterator[Figure]:
    with Stage() as stage:
        stage.web()
        cold, warm = asyncio.run(_measure(f"http://{HOST}:{stage.port}/h5/", 3 if quick else 9))
    detail = {"requests": cold[0].requests}
    yield _figure("first_page bytes", median(view.kilobytes for view in cold), "KB", detail)
    yield _figure("first_page cold", median(view.seconds for view in cold), "s", {})
    warm_detail = {"kilobytes": median(view.kilobytes for view in warm)}
    yield _figure("first_page warm", median(view.seconds for view in warm), "s", warm_detail)


def _figure(name: str, value: float, unit: str, detail: dict) -> Figure:
    limit = LIMITS[name]
    ratio = round(value / limit, 3)
    return Figure(name=name, value=value, unit=unit, reference=limit, ratio=ratio, detail=detail)


async def _measure(url: str, rounds: int) -> tuple[list[View], list[View]]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium.find(), args=FLAGS)
        views = [await _cold_then_warm(browser, url) for _ in range(rounds)]
        await browser.close()
    return [cold for cold, _ in views], [warm for _, warm in views]


async def _cold_then_warm(browser: Browser, url: str) -> tuple[View, View]:
    """A phone that has never been here, and the same phone coming again."""
    context = await browser.new_context(**PHONE)
    views = await _open(context, url), await _open(context, url)
    await context.close()
    return views


async def _open(context: BrowserContext, url: str) -> View:
    page = await context.new_page()
    wire = await context.new_cdp_session(page)
    view = View(0.0, 0.0, 0)

    def loaded(event: dict) -> None:
        view.kilobytes += event["encodedDataLength"] / 1024
        view.requests += 1

    wire.on("Network.loadingFinished", loaded)
    await wire.send("Network.enable")
    await wire.send("Network.emulateNetworkConditions", SLOW)
    await wire.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    answer = await page.goto(url, wait_until="networkidle")
    assert answer is not None and answer.ok, answer
    view.seconds = round(await page.evaluate(INTERACTIVE) / 1000, 3)
    view.kilobytes = round(view.kilobytes, 1)
    await page.close()
    return view
