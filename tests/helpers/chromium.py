"""The system's Chromium, for the browser tests: where it is, one for a file, a tab of it."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO = (
    "no Chromium on this machine; install it and run again: apt-get install chromium fonts-noto-cjk"
    " (or set CHROMIUM=/path/to/chrome)"
)
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


def find() -> str | None:
    """Path of Chromium: the CHROMIUM variable, else the first known name on the PATH."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def launched(path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path, args=ARGS)
        yield running
        await running.close()


@asynccontextmanager
async def tab(browser: Browser, size: tuple[int, int], url: str) -> AsyncIterator[Page]:
    """A page in a browser profile of its own, at ``url``; ends with no script error."""
    width, height = size
    context = await browser.new_context(viewport={"width": width, "height": height})
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(url)
    yield page
    await context.close()
    assert errors == []
