"""One hospital and one browser for a module, in the module's loop; a fresh context for a test.

Every module here says ``pytestmark = pytest.mark.asyncio(loop_scope="module")``.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.eyes import PHONE, Eyes
from tests.helpers.hospital import Hospital
from tests.helpers.sandbox import Sandbox

Open = Callable[..., Awaitable[Eyes]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hospital(mongo_uri: str, sandbox: Sandbox) -> AsyncIterator[Hospital]:
    async with Hospital(mongo_uri, sandbox) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def opened(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    """``await opened(viewport=PC, java_script_enabled=False)``: a tab of a browser of its own."""
    async with AsyncExitStack() as stack:

        async def one(viewport: dict[str, int] | None = None, **options: Any) -> Eyes:
            context = await browser.new_context(viewport=viewport or PHONE, **options)
            stack.push_async_callback(context.close)
            context.set_default_timeout(10_000)
            return await Eyes.open(context, request.node.name)

        yield one
