"""Our clients against the sandbox as a process of its own: what every platform's tests share."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from tests.helpers.http import http_client
from tests.helpers.sandbox import Sandbox
from wx_backend.base.clock import WireClock
from wx_backend.gateways.callback import CallbackRejected
from wx_backend.gateways.registry import Gateways

PREFIX, PEM = "WX_SANDBOX_", "_B64"
HURRY = 6000.0
"""Speed of a sandbox in which what takes the platforms minutes takes milliseconds."""


@dataclass
class World:
    """The sandbox's controls, our clients, and what its callbacks told us.

    ``keys`` are its credentials by name, without ``WX_SANDBOX_``; PEM texts are decoded.
    """

    url: str
    web: str
    keys: dict[str, str]
    gateways: Gateways
    http: httpx.AsyncClient
    told: list[Any] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

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

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait for callbacks."""
        async with asyncio.timeout(20):
            while not met():
                self.news.clear()
                await self.news.wait()

    async def agreed(self, address: str, person: str) -> str:
        """The code that comes back when a person opens our sign-in ``address`` with state s1."""
        answer = await self.http.get(address.replace("#", f"&as={person}#"))
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert back["state"] == ["s1"]
        return back["code"][0]


W = TypeVar("W", bound=World)


class Address(RequestHandler):
    """What the product does with a callback, as short as it can be."""

    def initialize(self, world: World) -> None:
        self.world = world

    def prepare(self) -> None:
        self.query = {name: self.get_query_argument(name) for name in self.request.query_arguments}

    def hear(self, parse: Callable[[], Any]) -> None:
        """Notes what was told, or why it was not believed, and answers."""
        try:
            told = parse()
        except CallbackRejected as rejected:
            self.world.rejected.append(rejected.data["reason"])
            self.set_status(rejected.status)
        else:
            self.world.told.append(told)
        self.world.news.set()


def credentials(platform: Sandbox) -> dict[str, str]:
    lines = (platform.home / "sandbox.env").read_text("utf-8").splitlines()
    keys = dict(line.removeprefix(PREFIX).split("=", 1) for line in lines)
    decoded = {
        name.removesuffix(PEM): base64.b64decode(value).decode()
        for name, value in keys.items()
        if name.endswith(PEM)
    }
    return keys | decoded


@asynccontextmanager
async def opened(
    kind: type[W], platform: Sandbox, *routes: tuple[str, type[RequestHandler]]
) -> AsyncIterator[W]:
    """A world with a clean sandbox, and our ``routes`` listening where its callbacks go."""
    gateways = Gateways(WireClock())
    async with http_client() as http:
        world = kind(platform.url, platform.web_url, credentials(platform), gateways, http)
        await world.ctl("clear", what="all")
        server = HTTPServer(Application([(path, one, {"world": world}) for path, one in routes]))
        server.listen(platform.web_port, "127.0.0.1")
        yield world
        await world.ctl("clear", what="all")
        server.stop()
        await server.close_all_connections()
    await asyncio.to_thread(gateways.close)
