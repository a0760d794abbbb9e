"""A sandbox killed with -9 starts again with the same keys, books and undelivered callbacks."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient

from tests.helpers.ports import kept_ports
from tests.wire.sandbox.conftest import Merchant
from tests.wire.sandbox.sdk import merchant_sdk
from tests.wire.sandbox.test_orders import ORDER
from wx_backend.entrypoints.sandbox.keys import load_or_make


@asynccontextmanager
async def killed_at_the_end(home: Path, port: int, phone_port: int) -> AsyncIterator[str]:
    """A sandbox process on these ports; its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "wx_backend.entrypoints.sandbox"),
        *("--port", str(port), "--phone-port", str(phone_port), "--speed", "60"),
        *("--web", "http://127.0.0.1:9", "--home", str(home)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        url, http = f"http://127.0.0.1:{port}", AsyncHTTPClient()
        async with asyncio.timeout(20):
            while not await _healthy(http, url):  # noqa: ASYNC110 another process
                await asyncio.sleep(0.05)
        yield url
    finally:
        process.kill()
        await process.wait()


async def _healthy(http: AsyncHTTPClient, url: str) -> bool:
    try:
        return (await http.fetch(f"{url}/_ctl/health", raise_error=False)).code == 200
    except OSError:
        return False


async def ctl(url: str, path: str, body: dict | None = None) -> dict:
    answer = await AsyncHTTPClient().fetch(
        f"{url}/_ctl/{path}",
        method="POST" if body else "GET",
        body=json.dumps(body) if body else None,
    )
    return json.loads(answer.body)


@pytest.fixture
def ports() -> Iterator[list[int]]:
    with kept_ports(2) as kept:
        yield kept


async def test_killed_between_payment_and_notification(tmp_path: Path, ports: list[int]) -> None:
    merchant = Merchant()
    merchant.answers.append(503)
    async with killed_at_the_end(tmp_path, *ports) as url:
        keys = load_or_make(tmp_path)
        sdk = merchant_sdk(url, keys, merchant.url)
        await asyncio.to_thread(sdk.pay, **ORDER)
        await ctl(url, "pay", {"out_trade_no": "order-0001"})
    assert all(note["status"] == 503 for note in merchant.inbox)

    async with killed_at_the_end(tmp_path, *ports) as url:
        assert load_or_make(tmp_path) == keys
        async with asyncio.timeout(20):
            while all(note["status"] != 200 for note in merchant.inbox):  # noqa: ASYNC110 see above
                await asyncio.sleep(0.05)
        books = await ctl(url, "books")
    assert books["conserved"] and books["sums"]["paid"] == 5000
    told = sdk.callback(merchant.inbox[-1]["headers"], merchant.inbox[-1]["body"])
    assert told["resource"]["out_trade_no"] == "order-0001"
    merchant.server.stop()
    await merchant.server.close_all_connections()


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    load_or_make(tmp_path)
    for name in ("keys.json", "sandbox.env"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
