"""``live``: 2,000 sockets on two web processes, 200 to a topic; how long until one publish has
reached all its watchers, with Redis and without, and what a socket costs. The reference is a bare
Tornado process that passes on what it is told. ``live_hint``: Redis pub/sub against a change stream
of MongoDB, from the write to the next process.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from statistics import median, quantiles

import httpx
import psutil
from pymongo.read_concern import ReadConcern

from bench.crowd import Crowd, Told
from bench.figures import Figure
from bench.live_web import topics as kinds
from bench.load import HOST
from bench.stage import Stage
from wx_backend.base import ids
from wx_backend.base.context import House
from wx_backend.base.handler import SESSION, signed
from wx_backend.base.live import service, store
from wx_backend.entrypoints.demo.world import HOSPITAL
from wx_backend.entrypoints.embedded.ports import pick_free
from wx_backend.identity.accounts import sessions

SOCKETS, WATCHERS = 2000, 200
TOPICS = SOCKETS // WATCHERS
LISTENERS = 8
"""As many connections listen as a hospital might have web processes."""
PAUSE = 0.05
REST = 3.0
"""Seconds after the last publish in which whoever is late may still be reached."""
WARM_UP = 5


def run(quick: bool) -> Iterator[Figure]:
    publishes = 60 if quick else 300
    with Stage(serve=("bench.live_web",)) as stage:
        yield from stage.within(lambda house: _hints(house, publishes))
        bare = _bare(stage, publishes)
        yield _fan_out(stage, publishes, "redis", bare)
        stage.end_redis()
        yield _fan_out(stage, publishes, "no redis", bare)


def _fan_out(stage: Stage, publishes: int, way: str, bare: tuple[float, float]) -> Figure:
    stage.web(2)
    tokens = stage.within(_tokens)
    idle = _memory(stage)
    with Crowd(stage.port, tokens, topics()) as crowd:
        grown = _memory(stage) - idle
        writes = stage.within(lambda house: _publish(house, publishes))
        time.sleep(REST)
        told = crowd.told()
    return _figure(_reached(told, publishes), publishes, writes, grown, way, bare)


def _bare(stage: Stage, publishes: int) -> tuple[float, float]:
    """(p50, p99) of a single bare process with as many sockets."""
    port = pick_free()
    stage.serve("bench.live_bare", port)
    with Crowd(port, [""] * SOCKETS, topics()) as crowd, httpx.Client() as http:
        for n in range(publishes):
            data = {"data": {"n": n, "at": time.monotonic()}}
            http.post(f"http://{HOST}:{port}/publish/{topic(n)}", json=data)
            time.sleep(PAUSE)
        time.sleep(REST)
        told = crowd.told()
    return _reached(told, publishes)


def topic(n: int) -> str:
    return f"bench:{n % TOPICS}"


def topics() -> list[str]:
    """Whom each socket follows."""
    return [topic(n) for n in range(SOCKETS)]


def _reached(told: list[Told], publishes: int) -> tuple[float, float]:
    """(p50, p99) of the last watcher of each publish. Raises AssertionError if one is missing."""
    assert len(told) == publishes, f"{publishes - len(told)} publishes reached nobody"
    short = [one for one in told if one.watchers != WATCHERS]
    assert not short, f"not everybody was reached: {short[:3]}"
    return _p50_p99([one.last_ms for one in told[WARM_UP:]])


def _figure(
    found: tuple[float, float],
    publishes: int,
    writes: list[float],
    grown: int,
    way: str,
    bare: tuple[float, float],
) -> Figure:
    (p50, p99), (bare_p50, bare_p99) = found, bare
    return Figure(
        name=f"live ({way})",
        value=p99,
        unit="ms p99 until all 200 watchers have it",
        reference=bare_p99,
        ratio=round(p99 / bare_p99, 2),
        detail={
            "p50_ms": p50,
            "bare_p50_ms": bare_p50,
            "write_p50_ms": round(median(writes) * 1000, 1),
            "kb_each": round(grown / SOCKETS / 1024, 1),
            "sockets": SOCKETS,
            "processes": 2,
            "publishes": publishes,
        },
    )


def _memory(stage: Stage) -> int:
    return sum(psutil.Process(child.pid).memory_info().rss for child in stage.webs)


async def _tokens(house: House) -> list[str]:
    """Signed-in accounts, as many as sockets."""
    return [
        signed(house, SESSION, sessions.issue(ids.new("acc"), "chn", HOSPITAL.id, 1))
        for _ in range(SOCKETS)
    ]


async def _publish(house: House, count: int) -> list[float]:
    """Publishes on the beat, as a worker does; seconds each write took."""
    service.install(house, kinds)
    ctx, writes = house.ctx(HOSPITAL.id), []
    for n in range(count):
        at = time.monotonic()
        await service.publish(ctx, topic(n), {"n": n, "at": at})
        writes.append(time.monotonic() - at)
        await asyncio.sleep(PAUSE)
    return writes


async def _hints(house: House, count: int) -> list[Figure]:
    """From the start of a publish to the moment other connections know of it."""
    service.install(house, kinds)
    hints = service.live(house).hints
    quiet = (await _heard(house, count, 0, hints.listen))[1]
    redis, redis_cpu = await _heard(house, count, LISTENERS, hints.listen)
    stream, stream_cpu = await _heard(
        house, count, LISTENERS, lambda heard: _change_stream(house, heard)
    )
    (r50, r99), (s50, s99) = _p50_p99(redis), _p50_p99(stream)
    return [
        Figure(
            name="live_hint",
            value=r99,
            unit="ms p99 by Redis pub/sub",
            reference=s99,
            ratio=round(r99 / s99, 2),
            detail={
                "listeners": LISTENERS,
                "redis_p50_ms": r50,
                "change_stream_p50_ms": s50,
                "mongod_cpu_ms_each": {
                    "nobody listens": quiet,
                    "redis": redis_cpu,
                    "change_stream": stream_cpu,
                },
            },
        )
    ]


async def _heard(
    house: House, count: int, listeners: int, listen: Callable[[Callable], Awaitable[None]]
) -> tuple[list[float], float]:
    """Milliseconds until each listener knew, and mongod's CPU time for one publish."""
    sent: dict[int, float] = {}
    took: list[float] = []

    def heard(key: str, seq: int, body: str) -> None:
        if seq in sent:
            took.append((time.monotonic() - sent[seq]) * 1000)

    listening = [asyncio.create_task(listen(heard)) for _ in range(listeners)]
    await asyncio.sleep(1)
    ctx, before = house.ctx(HOSPITAL.id), _mongod_seconds()
    seq = await service.publish(ctx, "bench:hint", 0)
    for n in range(count):
        sent[seq + n + 1] = time.monotonic()
        await service.publish(ctx, "bench:hint", n)
        await asyncio.sleep(PAUSE / 2)
    busy = (_mongod_seconds() - before) * 1000 / count
    await asyncio.sleep(1)
    for task in listening:
        if task.done():
            task.result()
        task.cancel()
    missed = count * listeners - len(took)
    assert not missed, f"{missed} were not heard"
    return took, round(busy, 2)


def _mongod_seconds() -> float:
    """CPU time of the embedded mongod so far."""
    servers = [one for one in psutil.Process().children(True) if one.name() == "mongod"]
    return sum(sum(one.cpu_times()[:2]) for one in servers)


async def _change_stream(house: House, heard: Callable[[str, int, str], None]) -> None:
    topics = house.db.raw(store.TOPICS.name).with_options(read_concern=ReadConcern("majority"))
    async with topics.watch(full_document="updateLookup") as stream:
        async for change in stream:
            doc = change["fullDocument"]
            heard(doc["_id"], int(doc["seq"]), doc["frames"][-1])


def _p50_p99(values: list[float]) -> tuple[float, float]:
    cuts = quantiles(values, n=100)
    return round(cuts[49], 1), round(cuts[98], 1)
