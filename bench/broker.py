"""``broker``: what a caller pays for telling the workers through the nudge (the worst of many).

The broker is gone (refused), hung (accepts and never answers), or here. Reference: one
``send_task`` with Celery's own defaults, given up after 20 seconds.
"""

import asyncio
import contextlib
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from wx_backend.base.outbox import RELAY, Nudge, celery_app
from wx_backend.entrypoints.embedded.redis import Redis

GIVE_UP = 20.0


@contextlib.contextmanager
def gone() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def hung() -> Iterator[str]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


@contextlib.contextmanager
def here() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        server = Redis(Path(folder))
        server.start()
        try:
            yield server.uri
        finally:
            server.stop()


def direct(url: str) -> float:
    """Seconds one ``send_task`` with Celery's own defaults holds its caller, at most GIVE_UP."""
    app = celery_app(url)
    app.conf.update(broker_transport_options={}, broker_connection_timeout=4)
    done = threading.Event()

    def send() -> None:
        with contextlib.suppress(Exception):  # how it fails is not what is measured
            app.send_task("wx.pump", queue=RELAY)
        done.set()

    started = time.perf_counter()
    threading.Thread(target=send, daemon=True).start()
    done.wait(GIVE_UP)
    return time.perf_counter() - started


async def nudged(url: str, times: int) -> float:
    """The worst of ``times`` nudges, in seconds."""
    nudge, worst = Nudge(url), 0.0
    for _ in range(times):
        started = time.perf_counter()
        nudge()
        worst = max(worst, time.perf_counter() - started)
        await asyncio.sleep(0)
    nudge.close()
    return worst


def run(quick: bool) -> Iterator[Figure]:
    times = 200 if quick else 1000
    for name, broker in (("here", here), ("gone", gone), ("hung", hung)):
        with broker() as url:
            plain, nudge = direct(url), asyncio.run(nudged(url, times))
        yield Figure(
            name=f"broker {name}",
            value=round(nudge * 1000, 3),
            unit="ms",
            reference=round(plain * 1000, 3),
            ratio=round(nudge / plain, 5),
            detail={"nudges": times},
        )
