"""Our gateways against the sandbox as a process of its own, and our callback address for it."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from tests.helpers.sandbox import Sandbox
from wx_backend.base.clock import WireClock
from wx_backend.gateways.callback import CallbackRejected
from wx_backend.gateways.http import adapter
from wx_backend.gateways.registry import Gateways
from wx_backend.gateways.wechat.port import WeChatConfig, WeChatPort
from wx_backend.gateways.wechat_pay.port import PayConfig, WeChatPayPort

PEM = "_B64"


class Address(RequestHandler):
    """What the product does with a callback, as short as it can be."""

    def initialize(self, world: "World") -> None:
        self.world = world

    def prepare(self) -> None:
        self.query = {name: self.get_query_argument(name) for name in self.request.query_arguments}

    def get(self, _: str) -> None:
        self.finish(self.world.wechat.callbacks.verify_url(self.query))

    def post(self, platform: str) -> None:
        body = self.request.body
        try:
            if platform == "wechat":
                told = self.world.wechat.callbacks.parse(self.query, body)
            else:
                told = self.world.pay.callbacks.parse(self.request.headers, body)
        except CallbackRejected as rejected:
            self.world.rejected.append(rejected.data["reason"])
            self.set_status(rejected.status)
        else:
            self.world.told.append(told)
        self.world.news.set()


@dataclass
class World:
    """Both clients, the sandbox's controls, and what its callbacks told us."""

    url: str
    callback_url: str
    keys: dict[str, str]
    gateways: Gateways
    http: httpx.AsyncClient
    told: list[Any] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def wechat(self) -> WeChatPort:
        return self.gateways.wechat("ch1", 1, self.wechat_config())

    @property
    def pay(self) -> WeChatPayPort:
        return self.gateways.wechat_pay("ch2", 1, self.pay_config())

    @property
    def templates(self) -> dict[str, str]:
        """Template ids by name."""
        return json.loads(self.keys["TEMPLATES"])

    def wechat_config(self, **changes: str) -> WeChatConfig:
        ours = {
            **{name: self.keys[name.upper()] for name in ("appid", "secret", "token", "aes_key")},
            "api_url": f"{self.url}/wx",
            "open_url": f"{self.url}/open",
        }
        return WeChatConfig(**ours | changes)

    def pay_config(self, **changes: str) -> PayConfig:
        names = ("mchid", "appid", "merchant_serial", "apiv3_key", "public_key_id", "public_key")
        ours = {
            **{name: self.keys[name.upper()] for name in names},
            "merchant_private_key": self.keys["MERCHANT_KEY"],
            "notify_url": f"{self.callback_url}/pay",
            "api_url": self.url,
        }
        return PayConfig(**ours | changes)

    async def ctl(self, path: str, **body: Any) -> Any:
        answer = await self.http.request(
            "POST" if body else "GET", f"{self.url}/_ctl/{path}", json=body or None
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def fault(self, endpoint: str, kind: str, **more: Any) -> None:
        await self.ctl("faults", endpoint=endpoint, kind=kind, **more)

    async def calls(self) -> dict[str, int]:
        """Calls we made since the test began, by the last part of the path."""
        counted = (await self.ctl("journal"))["calls"]
        return {path.rsplit("/", 1)[-1]: times for path, times in counted.items()}

    async def person(self, key: str) -> str:
        """The openid of a demo person."""
        return next(p["openid"] for p in await self.ctl("people") if p["key"] == key)

    async def code(self, person: str) -> str:
        """The code of a person who agreed to sign in."""
        address = self.wechat.authorize_url("http://127.0.0.1/back", "s1")
        answer = await self.http.get(address.replace("#", f"&as={person}#"))
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert back["state"] == ["s1"]
        return back["code"][0]

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait for callbacks."""
        async with asyncio.timeout(20):
            while not met():
                self.news.clear()
                await self.news.wait()


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox in a hurry: what takes the platforms minutes takes it milliseconds."""
    with Sandbox(tmp_path_factory.mktemp("platform"), speed=6000) as running:
        yield running


@pytest.fixture
async def world(platform: Sandbox) -> AsyncIterator[World]:
    lines = (platform.home / "sandbox.env").read_text("utf-8").splitlines()
    keys = dict(line.removeprefix("WX_SANDBOX_").split("=", 1) for line in lines)
    keys |= {
        name.removesuffix(PEM): base64.b64decode(value).decode()
        for name, value in keys.items()
        if name.endswith(PEM)
    }
    gateways = Gateways(WireClock())
    async with httpx.AsyncClient(trust_env=False) as http:
        world = World(platform.url, f"{platform.web_url}/cb", keys, gateways, http)
        await world.ctl("clear", what="all")
        server = HTTPServer(Application([(r"/cb/(\w+)", Address, {"world": world})]))
        server.listen(platform.web_port, "127.0.0.1")
        yield world
        await world.ctl("clear", what="all")
        server.stop()
        await server.close_all_connections()
    await asyncio.to_thread(gateways.close)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For platforms that do not answer: give up early."""
    monkeypatch.setattr(adapter, "TIMEOUT", (1.0, 0.5))
