"""A load generator in a process of its own: keep-alive HTTP/1.1 clients that check every answer.

A closed loop (each client sends its next request when it has its answer) or, with ``rate``, an open
one. An answer that the plan does not expect is counted as an error by its label, so that an error
can never pass for speed.
"""

import asyncio
import gc
import ipaddress
import itertools
import time
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

import msgspec

HOST = "127.0.0.1"
FIRST_CLIENT = "127.1.0.1"
PATIENCE_SECONDS = 60
"""After so long a request without an answer ends the run with TimeoutError."""

LOST = "lost"
"""Label of a request whose connection ended before its answer."""

Judge = Callable[[int, bytes, bytes], str]
"""(status, head, body) of an answer → its label."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to send and what to expect.

    Args:
        requests: whole requests as bytes, in order; repeated when ``seconds`` is given.
        judge: gives each answer its label; sent to the other process, so a module's own name.
        expected: labels that are no error.
        connections: clients, each on a loopback address of its own (the rate limit is by address).
        keep: labels whose answers' bodies are brought back.
        seconds: how long; None sends each request once.
        rate: requests a second of an open loop; 0 for a closed one.
        stands: seconds between connecting and the first request.
    """

    port: int
    requests: Sequence[bytes]
    judge: Judge
    expected: frozenset[str]
    connections: int = 64
    keep: frozenset[str] = frozenset()
    seconds: float | None = None
    rate: float = 0.0
    stands: float = 0.0


class Outcome(msgspec.Struct, frozen=True):
    """What came back: answers by label, seconds from the first request to the last answer, and how
    long each answer took (seconds, ascending).
    """

    labels: dict[str, int]
    errors: dict[str, int]
    seconds: float
    kept: list[bytes]
    times: list[float]

    @property
    def p50_ms(self) -> float:
        return _percentile(self.times, 0.50)

    @property
    def p99_ms(self) -> float:
        return _percentile(self.times, 0.99)

    @property
    def answers(self) -> int:
        return sum(self.labels.values())

    @property
    def rate(self) -> float:
        """Expected answers a second."""
        return (self.answers - sum(self.errors.values())) / self.seconds


def request(
    method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Load:
    """``with Load() as load: load.run(plan, …)``: plans of one call run side by side."""

    def __enter__(self) -> "Load":
        self._pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        self._pool.submit(int).result()  # the process is there before anything is timed
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def start(self, *plans: Plan) -> "Future[list[Outcome]]":
        return self._pool.submit(_run, plans)

    def run(self, *plans: Plan) -> list[Outcome]:
        return self.start(*plans).result()


def _run(plans: tuple[Plan, ...]) -> list[Outcome]:
    gc.collect()
    gc.disable()
    try:
        return asyncio.run(_together(plans))
    finally:
        gc.enable()


async def _together(plans: tuple[Plan, ...]) -> list[Outcome]:
    return list(await asyncio.gather(*(_Drive(plan).run() for plan in plans)))


class _Client(asyncio.Protocol):
    """One connection: at most one request under way."""

    def __init__(self, drive: "_Drive"):
        self._drive = drive
        self._buffer = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send(self, data: bytes) -> None:
        self._sent = time.perf_counter()
        self._transport.write(data)

    def data_received(self, data: bytes) -> None:
        self._buffer = buffer = self._buffer + data
        end = buffer.find(b"\r\n\r\n")
        if end < 0 or len(buffer) - end - 4 < (length := _length(buffer, end)):
            return
        self._buffer, sent, self._sent = b"", self._sent, 0.0
        body = buffer[end + 4 : end + 4 + length]
        self._drive.answered(self, sent, int(buffer[9:12]), buffer[:end], body)

    def connection_lost(self, error: Exception | None) -> None:
        self._drive.lost(self, under_way=bool(self._sent))

    def close(self) -> None:
        self._transport.close()


def _length(buffer: bytes, end: int) -> int:
    at = buffer.find(b"Content-Length: ", 0, end)
    return int(buffer[at + 16 : buffer.find(b"\r", at, end + 2)]) if at >= 0 else 0


class _Drive:
    """One plan being carried out."""

    def __init__(self, plan: Plan):
        self._plan = plan
        self._requests: Iterator[bytes] = (
            itertools.cycle(plan.requests) if plan.seconds else iter(plan.requests)
        )
        self._labels: Counter[str] = Counter()
        self._latencies = array("d")
        self._kept: list[bytes] = []
        self._clients: list[_Client] = []
        self._idle: deque[_Client] = deque()
        self._returning: list[asyncio.Future] = []
        self._under_way = 0
        self._stop_at = float("inf")
        self._last = 0.0
        self._done = asyncio.Event()
        self._closing = False

    async def run(self) -> Outcome:
        clients = [await self._connect() for _ in range(self._plan.connections)]
        await asyncio.sleep(self._plan.stands)
        began = time.perf_counter()
        self._stop_at = began + (self._plan.seconds or float("inf"))
        if self._plan.rate:
            self._idle.extend(clients)
            await self._pace(began)
        else:
            for client in clients:
                self._next(client)
        async with asyncio.timeout((self._plan.seconds or 0) + PATIENCE_SECONDS):
            await self._done.wait()
        self._closing = True
        for client in self._clients:
            client.close()
        return self._outcome(self._last - began)

    async def _connect(self) -> _Client:
        loop = asyncio.get_running_loop()
        own = ipaddress.IPv4Address(FIRST_CLIENT) + len(self._clients) % self._plan.connections
        _, client = await loop.create_connection(
            lambda: _Client(self), HOST, self._plan.port, local_addr=(str(own), 0)
        )
        self._clients.append(client)
        return client

    def _next(self, client: _Client) -> None:
        data = next(self._requests, None) if time.perf_counter() < self._stop_at else None
        if data is not None:
            self._under_way += 1
            client.send(data)
        elif not self._under_way:
            self._done.set()

    async def _pace(self, began: float) -> None:
        """Sends on the beat; with no client free, the request is late and its label says so."""
        for n, data in enumerate(self._requests):
            due = began + n / self._plan.rate
            if due >= self._stop_at:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if self._idle:
                self._under_way += 1
                self._idle.popleft().send(data)
            else:
                self._labels["late"] += 1
        self._stop_at = 0.0
        if not self._under_way:
            self._done.set()

    def answered(self, client: _Client, sent: float, status: int, head: bytes, body: bytes) -> None:
        self._last = time.perf_counter()
        self._latencies.append(self._last - sent)
        label = self._plan.judge(status, head, body)
        self._labels[label] += 1
        if label in self._plan.keep:
            self._kept.append(body)
        self._free(client)

    def lost(self, client: _Client, under_way: bool) -> None:
        """The server ended: the request has no answer; its client connects anew and goes on."""
        if self._closing or not under_way:
            return
        self._last = time.perf_counter()
        self._labels[LOST] += 1
        self._returning.append(asyncio.ensure_future(self._again()))

    async def _again(self) -> None:
        try:
            client = await self._connect()
        except OSError:  # nobody listens any more: this client leaves
            self._under_way -= 1
            if not self._under_way:
                self._done.set()
            return
        self._free(client)

    def _free(self, client: _Client) -> None:
        self._under_way -= 1
        if self._plan.rate and self._stop_at:
            self._idle.append(client)
        else:
            self._next(client)

    def _outcome(self, seconds: float) -> Outcome:
        return Outcome(
            labels=dict(self._labels),
            errors={k: n for k, n in self._labels.items() if k not in self._plan.expected},
            seconds=seconds,
            kept=self._kept,
            times=sorted(self._latencies),
        )


def p99(outcomes: Iterable[Outcome]) -> float:
    """Of all answers together, in milliseconds."""
    return _percentile(sorted(time for one in outcomes for time in one.times), 0.99)


def _percentile(times: list[float], share: float) -> float:
    return round(times[min(len(times) - 1, int(len(times) * share))] * 1000, 2) if times else 0.0
