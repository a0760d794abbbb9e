"""Requests that arrive together travel together: one round trip for many callers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any


class Batcher:
    """Gathers concurrent items into one call of ``send``.

    While a batch is under way the next one fills; nothing waits for a timer. ``send`` takes the
    items and returns one result for each; a result that is an exception is raised to its caller,
    and an exception of ``send`` itself is raised to all of them.
    """

    def __init__(
        self, send: Callable[[list[Any]], Awaitable[Sequence[Any]]], most: int = 200, lanes: int = 2
    ):
        self._send = send
        self._most = most
        self._lanes = lanes
        self._waiting: list[tuple[Any, asyncio.Future]] = []
        self._busy: set[asyncio.Task] = set()

    async def add(self, item: Any) -> Any:
        """The result for ``item``."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._busy) < self._lanes:
            self._start()
        return await future

    def _start(self) -> None:
        self._busy.add(asyncio.create_task(self._drain()))

    async def _drain(self) -> None:
        await asyncio.sleep(0)  # lets the callers of this turn of the loop join the batch
        try:
            await self._empty()
        finally:
            # In the step that found nothing waiting: who comes next must find the lane free, or
            # would wait for a lane that has already gone home.
            self._busy.discard(asyncio.current_task())

    async def _empty(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                results = await self._send([item for item, _ in batch])
            except Exception as error:  # handed to every caller of the batch
                results = [error] * len(batch)
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)
