"""The relay's Celery tasks: the fast path behind the nudge."""

from collections.abc import Callable, Coroutine
from typing import Any

from celery import Celery

from wx_backend.base.bridge import LoopThread
from wx_backend.base.outbox import LANES


def register(
    app: Celery, loop: LoopThread, pump: Callable[[str], Coroutine[Any, Any, int]]
) -> None:
    """Adds one task for each lane; it runs ``pump(lane)`` on the process's loop until idle."""
    for lane, name in LANES.items():
        app.task(name=name)(_task(loop, pump, lane))


def _task(
    loop: LoopThread, pump: Callable[[str], Coroutine[Any, Any, int]], lane: str
) -> Callable[[], None]:
    def run() -> None:
        loop.run(pump(lane))

    return run
