"""The application's client against the sandbox as a process, and our callback address."""

import asyncio
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
from wx_backend.gateways.wecom.port import StaffEvent, WeComConfig, WeComPort

PREFIX = "WX_SANDBOX_WECOM_"


class Address(RequestHandler):
    """What the product does with a callback, as short as it can be."""

    def initialize(self, world: "World") -> None:
        self.world = world

    def prepare(self) -> None:
        self.query = {name: self.get_query_argument(name) for name in self.request.query_arguments}

    async def get(self) -> None:
        await asyncio.sleep(self.world.late)
        self.finish(self.world.wecom.callbacks.verify_url(self.query) + self.world.more)

    def post(self) -> None:
        status = self.world.answers.pop(0) if self.world.answers else 200
        self.set_status(status)
        try:
            told = self.world.wecom.callbacks.parse(self.query, self.request.body)
        except CallbackRejected as rejected:
            self.world.rejected.append(rejected.data["reason"])
            self.set_status(rejected.status)
        else:
            self.world.told.append(told)
        self.world.news.set()


class Page(RequestHandler):
    """A page for staff: signs in by WeCom, says who reads it and in which browser."""

    def initialize(self, world: "World") -> None:
        self.world = world

    async def get(self) -> None:
        code = self.get_query_argument("code", None)
        if code:
            self.set_cookie("staff", (await self.world.wecom.sign_in(code)).userid)
            self.redirect(f"{self.world.web}/c/1")
        elif self.get_cookie("staff"):
            agent = self.request.headers["User-Agent"]
            self.finish(
                f"<!doctype html><html lang=zh-CN><head><title>危急值</title></head><body>"
                f"<h1>{self.get_cookie('staff')}</h1><p>{agent}</p></body></html>"
            )
        else:
            self.redirect(self.world.wecom.authorize_url(f"{self.world.web}/c/1", "s1"))


@dataclass
class World:
    """Our client, the sandbox's controls, and what its callbacks told us.

    `answers` are the statuses still to give to callbacks; `late` (seconds) and `more` (words) spoil
    the answer to the console's check.
    """

    url: str
    web: str
    keys: dict[str, str]
    gateways: Gateways
    http: httpx.AsyncClient
    told: list[StaffEvent] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    late: float = 0.0
    more: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def callback_url(self) -> str:
        return f"{self.web}/cb"

    @property
    def wecom(self) -> WeComPort:
        return self.gateways.wecom("ch1", 1, self.config())

    def config(self, **changes: Any) -> WeComConfig:
        ours = {
            **{n: self.keys[n.upper()] for n in ("corp_id", "secret", "token", "aes_key")},
            "agent_id": int(self.keys["AGENT_ID"]),
            "api_url": f"{self.url}/qy",
            "open_url": f"{self.url}/open",
        }
        return WeComConfig(**ours | changes)

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

    async def shown(self, userid: str) -> list[dict[str, Any]]:
        """What this member really sees."""
        ledger = await self.ctl(f"wecom/messages?userid={userid}")
        return [row for row in ledger if row["fate"] == "shown" and not row["recalled"]]

    async def code(self, userid: str) -> str:
        """The code of a member who opened a page inside WeCom."""
        address = self.wecom.authorize_url("http://127.0.0.1/back", "s1")
        answer = await self.http.get(address.replace("#", f"&as={userid}#"))
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert back["state"] == ["s1"]
        return back["code"][0]

    async def tap(self, userid: str, task_id: str, key: str, **more: Any) -> None:
        await self.ctl("wecom/tap", userid=userid, task_id=task_id, key=key, **more)

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
    keys = dict(line.removeprefix(PREFIX).split("=", 1) for line in lines if PREFIX in line)
    gateways = Gateways(WireClock())
    async with httpx.AsyncClient(trust_env=False) as http:
        world = World(platform.url, platform.web_url, keys, gateways, http)
        await world.ctl("clear", what="all")
        ours = {"world": world}
        server = HTTPServer(Application([(r"/cb", Address, ours), (r"/c/1", Page, ours)]))
        server.listen(platform.web_port, "127.0.0.1")
        assert await world.ctl("wecom/server", url=world.callback_url) == {"ok": True}
        yield world
        await world.ctl("clear", what="all")
        server.stop()
        await server.close_all_connections()
    await asyncio.to_thread(gateways.close)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """For platforms that do not answer: give up early."""
    monkeypatch.setattr(adapter, "TIMEOUT", (1.0, 0.5))
