"""A sandbox in this process, a tiny merchant that records callbacks, and the real SDKs."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from tests.helpers.sandbox import furnished
from tests.wire.sandbox.pocket import Phone
from tests.wire.sandbox.product import Product
from tests.wire.sandbox.sdk import merchant_sdk, wechat_sdk
from wx_backend.entrypoints.sandbox.config import Config
from wx_backend.entrypoints.sandbox.server import Running, start


class Inbox(RequestHandler):
    """The product's callback address: keeps what comes, answers as told."""

    def initialize(self, inbox: list[dict[str, Any]], answers: list[int]) -> None:
        self.inbox, self.answers = inbox, answers

    def get(self) -> None:
        self.finish(self.get_query_argument("echostr"))

    def post(self) -> None:
        status = self.answers.pop(0) if self.answers else 200
        self.inbox.append(
            {
                "headers": self.request.headers,
                "body": self.request.body,
                "query": {k: v[0].decode() for k, v in self.request.query_arguments.items()},
                "status": status,
            }
        )
        if status == 0:
            self.detach().close()
        else:
            self.set_status(status)


class Merchant:
    """Where callbacks arrive: `inbox` holds them, `answers` the statuses still to give, 0 for
    hanging up."""

    def __init__(self) -> None:
        self.inbox: list[dict[str, Any]] = []
        self.answers: list[int] = []
        sockets = bind_sockets(0, "127.0.0.1")
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/cb"
        state = {"inbox": self.inbox, "answers": self.answers}
        self.server = HTTPServer(Application([("/cb", Inbox, state)]))
        self.server.add_sockets(sockets)


class Bench:
    """One running sandbox with everything a test talks to it with."""

    def __init__(self, running: Running, merchant: Merchant) -> None:
        self.running, self.merchant = running, merchant
        self.url = f"http://127.0.0.1:{running.port}"
        self.keys = running.box.keys
        self.http = AsyncHTTPClient(force_instance=True)
        self.wechat = wechat_sdk(self.url, self.keys)
        self.pay = merchant_sdk(self.url, self.keys, merchant.url)

    async def sdk(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a blocking SDK call beside the loop that serves it."""
        return await asyncio.to_thread(call, *args, **kwargs)

    async def paid(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[int, Any]:
        """Like `sdk`, for WeChat Pay: the status and the decoded body."""
        status, text = await self.sdk(call, *args, **kwargs)
        return status, json.loads(text) if text else None

    async def ctl(self, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = await self.http.fetch(
            f"{self.url}/_ctl/{path}",
            method="GET" if body is None else "POST",
            body=None if body is None else json.dumps(body),
            raise_error=False,
        )
        return json.loads(answer.body)

    async def fault(self, endpoint: str, kind: str, **more: Any) -> None:
        assert await self.ctl("faults", {"endpoint": endpoint, "kind": kind, **more}) == {
            "ok": True
        }

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait for the sandbox's own background work."""
        async with asyncio.timeout(20):
            while not met():  # noqa: ASYNC110 it happens in another task
                await asyncio.sleep(0.01)

    async def callbacks_done(self) -> None:
        """Until no callback is waiting for another attempt."""
        waiting = "SELECT 1 FROM callbacks WHERE state = 'due'"
        await self.until(lambda: self.running.box.store.one(waiting) is None)


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return furnished(tmp_path_factory.mktemp("sandbox"))


@pytest.fixture
async def bench(home: Path) -> AsyncIterator[Bench]:
    merchant = Merchant()
    running = await start(Config(0, 0, merchant.url.removesuffix("/cb"), home, speed=6000))
    running.box.desk.refunds_apart = 0
    bench = Bench(running, merchant)
    yield bench
    bench.http.close()
    await running.close()
    merchant.server.stop()
    await merchant.server.close_all_connections()


@pytest.fixture
def environment(home: Path, bench: Bench) -> dict[str, str]:
    """`sandbox.env` as the demo loader reads it, with the PEM texts decoded."""
    lines = (home / "sandbox.env").read_text("utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines)
    return {
        name: base64.b64decode(value).decode() if name.endswith("_B64") else value
        for name, value in values.items()
    }


@asynccontextmanager
async def pocketed(home: Path) -> AsyncIterator[Phone]:
    product = Product()
    running = await start(Config(0, 0, product.url, home, speed=6000))
    product.connect(f"http://127.0.0.1:{running.port}", running.box.keys)
    yield Phone(running, product)
    await running.close()
    await product.close()


@pytest.fixture
async def phone(home: Path) -> AsyncIterator[Phone]:
    async with pocketed(home) as phone:
        yield phone
