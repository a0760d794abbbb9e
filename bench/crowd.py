"""Many live sockets in a process of their own, each following one topic, timing what comes."""

import asyncio
import gc
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Event

import msgspec

from bench.load import HOST

AT_ONCE = 50
HEAD = (
    "GET /live HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Authorization: Bearer {token}\r\n\r\n"
)


class Told(msgspec.Struct, frozen=True):
    """One publish: how many watchers it reached, and the last of them after so many ms."""

    n: int
    watchers: int
    last_ms: float


class Socket(asyncio.Protocol):
    """A client that speaks as much WebSocket as it needs: short unmasked frames in."""

    def __init__(self, token: str, topic: str, arrived: dict[int, list[float]]):
        self._token, self._topic, self._arrived = token, topic, arrived
        self._buffer = b""
        self._open = False
        self.following = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.write(HEAD.format(host=HOST, token=self._token).encode())

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._buffer += data
        if not self._open:
            head, end, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._open = True
            self._transport.write(_masked(msgspec.json.encode({"follow": {self._topic: None}})))
        while len(self._buffer) >= 2:
            size, start = self._buffer[1], 2
            if size == 126:
                size, start = int.from_bytes(self._buffer[2:4], "big"), 4
            if len(self._buffer) < start + size:
                return
            kind, payload = self._buffer[0], self._buffer[start : start + size]
            self._buffer = self._buffer[start + size :]
            if kind == 0x89:
                self._transport.write(b"\x8a\x80\0\0\0\0")
            elif kind == 0x81:
                self._heard(msgspec.json.decode(payload), now)

    def _heard(self, message: dict, now: float) -> None:
        if "following" in message:
            self.following.set_result(None)
        elif "data" in message:
            self._arrived[message["data"]["n"]].append(now - message["data"]["at"])

    def connection_lost(self, error: Exception | None) -> None:
        if not self.following.done():
            self.following.set_exception(error or ConnectionError("closed"))


def _masked(payload: bytes) -> bytes:
    """A text frame under the mask 0, which changes nothing."""
    assert len(payload) < 126
    return bytes((0x81, 0x80 | len(payload))) + bytes(4) + payload


class Crowd:
    """``with Crowd(port, tokens, topics) as crowd:`` every token has a socket and follows."""

    def __init__(self, port: int, tokens: list[str], topics: list[str]):
        context = get_context("spawn")
        self._ready, self._over = context.Event(), context.Event()
        self._pool = ProcessPoolExecutor(
            1, mp_context=context, initializer=_share, initargs=(self._ready, self._over)
        )
        self._work = (port, tokens, topics)

    def __enter__(self) -> "Crowd":
        self._result = self._pool.submit(_live, *self._work)
        while not self._ready.wait(0.2):
            if self._result.done():
                self._result.result()
        return self

    def told(self) -> list[Told]:
        """Ends the crowd; what reached it."""
        self._over.set()
        return self._result.result()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._pool.shutdown()


_events: list[Event] = []


def _share(*events: Event) -> None:
    _events.extend(events)


def _live(port: int, tokens: list[str], topics: list[str]) -> list[Told]:
    gc.disable()
    return asyncio.run(_follow(port, tokens, topics))


async def _follow(port: int, tokens: list[str], topics: list[str]) -> list[Told]:
    arrived: dict[int, list[float]] = defaultdict(list)
    gate, loop = asyncio.Semaphore(AT_ONCE), asyncio.get_running_loop()

    async def one(token: str, topic: str) -> asyncio.BaseTransport:
        async with gate:
            transport, socket = await loop.create_connection(
                lambda: Socket(token, topic, arrived), HOST, port
            )
            await socket.following
            return transport

    open_ = await asyncio.gather(*map(one, tokens, topics))
    ready, over = _events
    ready.set()
    await asyncio.to_thread(over.wait)
    for transport in open_:
        transport.abort()
    return [Told(n, len(times), max(times) * 1000) for n, times in sorted(arrived.items())]
