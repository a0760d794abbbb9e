"""Live topics over real sockets: web processes side by side, and clients that read what comes."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.helpers.front import ACCOUNT_HEADER, served
from tests.helpers.houses import bare_house, house_on
from tests.helpers.http import http_client
from wx_backend.base import ids
from wx_backend.base.context import Ctx, House
from wx_backend.base.live import handlers, service, store
from wx_backend.base.live.topics import TopicKind

INST = "ins1"
PATIENCE = 60  # seconds; a busy machine takes its time over a full buffer
"""Seconds until a test gives up on a frame; nothing depends on how long one really takes."""


class Client:
    """One open socket; ``next`` is the next message that is not about following."""

    def __init__(self, connection: WebSocketClientConnection):
        self.connection = connection
        self._ended = False

    async def read(self) -> dict[str, Any] | None:
        """The next message; None when the socket is closed."""
        text = await asyncio.wait_for(self.connection.read_message(), PATIENCE)
        self._ended = text is None
        return None if text is None else json.loads(text)

    async def follow(self, topic: str, after: int | None = None) -> list[dict]:
        """Follows; what came before it stood, and the message that says where it stands."""
        await self.say(follow={topic: after})
        told = []
        while message := await self.read():
            told.append(message)
            if "following" in message or "refused" in message:
                return told
        raise AssertionError(f"closed with {self.connection.close_code}")

    async def say(self, **words: Any) -> None:
        await self.connection.write_message(json.dumps(words))

    async def closed(self) -> int:
        """Waits for the end; the close code."""
        while not self._ended and await self.read() is not None:
            continue
        return self.connection.close_code

    @contextmanager
    def not_reading(self) -> Iterator[None]:
        """Meanwhile nothing is taken from the kernel, and nothing may be said."""
        stream = self.connection.protocol.stream
        stream.io_loop.remove_handler(stream.fileno())
        try:
            yield
        finally:
            stream.io_loop.add_handler(stream.fileno(), stream._handle_events, stream._state)

    def leave(self) -> None:
        self.connection.close()


class Process:
    """A web process with live sockets."""

    def __init__(self, house: House, url: str, kinds: list[TopicKind]):
        self.house, self.url = house, url
        service.install(house, kinds)
        self.keeper = service.live(house).keeper
        self._clients: list[Client] = []

    @property
    def ctx(self) -> Ctx:
        return self.house.ctx(INST)

    async def connect(self, account: str = "acc1", **headers: str) -> Client:
        request = HTTPRequest(
            f"{self.url.replace('http', 'ws', 1)}/live",
            headers={**({ACCOUNT_HEADER: account} if account else {}), **headers},
        )
        self._clients.append(Client(await websocket_connect(request)))
        return self._clients[-1]

    async def knock(self, account: str = "acc1", **headers: str) -> int:
        """The status of an attempt to open a socket that is refused."""
        upgrade = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        async with http_client() as http:
            answer = await http.get(
                f"{self.url}/live", headers={**upgrade, ACCOUNT_HEADER: account, **headers}
            )
        return answer.status_code

    async def close(self) -> None:
        """Everybody leaves, then the process ends."""
        for client in self._clients:
            client.leave()
            await client.closed()
        service.live(self.house).close()

    async def poll(self, after: str, account: str = "acc1") -> httpx.Response:
        async with http_client() as http:
            return await http.get(
                f"{self.url}/api/v1/live",
                params={"after": after},
                headers={ACCOUNT_HEADER: account},
            )


@asynccontextmanager
async def processes(
    mongo_uri: str, count: int = 1, kinds: list[TopicKind] | None = None, broker_url: str = ""
) -> AsyncIterator[list[Process]]:
    """So many web processes on one database; without a broker they share storage only."""
    name = ids.new("test")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(bare_house(mongo_uri, [store.TOPICS], name))
        running = []
        for _ in range(count):
            house = await stack.enter_async_context(
                house_on(mongo_uri, name, mongo_db=name, broker_url=broker_url)
            )
            url = await stack.enter_async_context(served(house, INST, handlers.routes))
            running.append(Process(house, url, kinds or []))
            stack.push_async_callback(running[-1].close)
        yield running
