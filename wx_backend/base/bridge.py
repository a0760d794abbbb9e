"""Between blocking code and the event loop.

`Pool` carries blocking SDK calls off the loop, one bounded pool for each platform, so that one
stuck platform cannot starve the others. `LoopThread` is the way back: synchronous Celery tasks run
coroutines on one loop per process.
"""

import asyncio
import contextvars
import functools
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from wx_backend.base import metrics
from wx_backend.base.errors import GatewayBusy

P = ParamSpec("P")
T = TypeVar("T")


class Pool:
    """At most `size` blocking calls at once and `backlog` waiting (twice the size unless told);
    more are refused.
    """

    def __init__(self, name: str, size: int, backlog: int | None = None) -> None:
        self.name = name
        room = size + (2 * size if backlog is None else backlog)
        self._room = threading.BoundedSemaphore(room)
        self._executor = ThreadPoolExecutor(size, thread_name_prefix=f"pool-{name}")
        self._pending = metrics.POOL_PENDING.labels(name)

    async def call(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `fn` in a thread and await its result; the context (trace id) travels along.

        Raises `GatewayBusy` at once when the queue is full, and whatever `fn` raises. Cancelling
        the caller drops a call that still waits; a running one keeps its place until it ends,
        because a thread cannot be stopped.
        """
        if not self._room.acquire(blocking=False):
            metrics.POOL_REFUSED.labels(self.name).inc()
            raise GatewayBusy(platform=self.name)
        context = contextvars.copy_context()
        try:
            future = self._executor.submit(context.run, functools.partial(fn, *args, **kwargs))
        except RuntimeError:
            self._room.release()
            raise
        self._pending.inc()
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Take no more calls, drop the waiting ones, and wait for the running ones (their time-outs
        bound this).
        """
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _leave(self, _: Future) -> None:
        self._pending.dec()
        self._room.release()


class LoopThread:
    """One event loop on a thread of its own, started by the first `run` (so after a fork, not
    before).
    """

    def __init__(self, name: str = "loop") -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, coro: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
        """Run `coro` on the loop from synchronous code and return its result.

        Raises what the coroutine raises, or `TimeoutError` after `timeout` seconds, then with the
        coroutine cancelled.
        """
        future = asyncio.run_coroutine_threadsafe(coro, self._started())
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()
            raise

    def stop(self) -> None:
        """Cancel what runs, close the loop, end the thread. Harmless when it never started."""
        with self._lock:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name=self._name, daemon=True
                )
                self._thread.start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        loop.run_until_complete(_wind_down(loop))
    finally:
        loop.close()


async def _wind_down(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
