"""The application's client against the sandbox as a process, and our callback address."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from tornado.web import RequestHandler

from tests.helpers import platforms
from tests.helpers.sandbox import Sandbox
from wx_backend.gateways.wecom.port import WeComConfig, WeComPort


class Address(platforms.Address):
    world: "World"

    async def get(self) -> None:
        await asyncio.sleep(self.world.late)
        self.finish(self.world.wecom.callbacks.verify_url(self.query) + self.world.more)

    def post(self) -> None:
        self.set_status(self.world.answers.pop(0) if self.world.answers else 200)
        self.hear(lambda: self.world.wecom.callbacks.parse(self.query, self.request.body))


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
class World(platforms.World):
    """The application of the demo's corp.

    `answers` are the statuses still to give to callbacks; `late` (seconds) and `more` (words) spoil
    the answer to the console's check.
    """

    answers: list[int] = field(default_factory=list)
    late: float = 0.0
    more: str = ""

    @property
    def callback_url(self) -> str:
        return f"{self.web}/cb"

    @property
    def wecom(self) -> WeComPort:
        return self.gateways.wecom("ch1", 1, self.config())

    def config(self, **changes: Any) -> WeComConfig:
        names = ("corp_id", "secret", "token", "aes_key")
        ours = {
            **{name: self.keys[f"WECOM_{name.upper()}"] for name in names},
            "agent_id": int(self.keys["WECOM_AGENT_ID"]),
            "api_url": f"{self.url}/qy",
            "open_url": f"{self.url}/open",
        }
        return WeComConfig(**ours | changes)

    async def shown(self, userid: str) -> list[dict[str, Any]]:
        """What this member really sees."""
        ledger = await self.ctl(f"wecom/messages?userid={userid}")
        return [row for row in ledger if row["fate"] == "shown" and not row["recalled"]]

    async def code(self, userid: str) -> str:
        """The code of a member who opened a page inside WeCom."""
        return await self.agreed(self.wecom.authorize_url("http://127.0.0.1/back", "s1"), userid)

    async def tap(self, userid: str, task_id: str, key: str, **more: Any) -> None:
        await self.ctl("wecom/tap", userid=userid, task_id=task_id, key=key, **more)


@asynccontextmanager
async def opened(platform: Sandbox) -> AsyncIterator[World]:
    routes = ((r"/cb", Address), (r"/c/1", Page))
    async with platforms.opened(World, platform, *routes) as world:
        assert await world.ctl("wecom/server", url=world.callback_url) == {"ok": True}
        yield world


@pytest.fixture
async def world(platform: Sandbox) -> AsyncIterator[World]:
    async with opened(platform) as world:
        yield world
