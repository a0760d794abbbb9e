"""The whole web application on a database of its own, with the demo world and the sandbox."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from tests.helpers import databases, worlds
from tests.helpers.http import http_client
from tests.helpers.sandbox import Sandbox
from tests.helpers.stopping import stop
from wx_backend.base.context import House
from wx_backend.base.settings import load as load_settings
from wx_backend.entrypoints import upkeep, wiring
from wx_backend.entrypoints.app import WebApplication
from wx_backend.entrypoints.cli.home import read_env
from wx_backend.entrypoints.demo import load

SECRETS = {
    "WX_ENV": "test",
    "WX_SECRET": "s" * 32,
    "WX_FIELD_KEYS": "v1:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
    "WX_INDEX_KEY": "aWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWk=",
}


@dataclass
class Web:
    """A served application; ``url`` is where it listens."""

    house: House
    sandbox: Sandbox
    url: str

    def client(self) -> httpx.AsyncClient:
        """A browser or mini-program without cookies yet; follows no redirect by itself."""
        return http_client(self.url)

    async def control(self, path: str, **body) -> dict:
        """A control call of the sandbox."""
        async with http_client() as http:
            answer = await http.post(f"{self.sandbox.url}/_ctl/{path}", json=body)
        answer.raise_for_status()
        return answer.json()


@asynccontextmanager
async def whole_web(mongo_uri: str, sandbox: Sandbox, **settings: str) -> AsyncIterator[Web]:
    """``settings`` are further ``WX_*`` variables."""
    environ = {"WX_MONGO_URI": mongo_uri, "WX_MONGO_DB": databases.take(), **SECRETS}
    house = wiring.build(load_settings({**environ, **sandbox.environment, **settings}))
    given = read_env(sandbox.home / "sandbox.env")
    key = ("web", sandbox.home, house.ctx(None).today())
    await worlds.furnish(house, key, lambda: load.load(house, given))
    await upkeep.load(house)
    server = HTTPServer(WebApplication(house))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    try:
        yield Web(house, sandbox, f"http://127.0.0.1:{sockets[0].getsockname()[1]}")
    finally:
        await stop(server)
        await databases.give_back(house.db)
        wiring.close(house)
