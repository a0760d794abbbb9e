"""Values that may be a moment old: read once, shared by everybody who asks meanwhile."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from wx_backend.base.clock import Clock

if TYPE_CHECKING:
    from wx_backend.base.context import House

T = TypeVar("T")


class Recent(Generic[T]):
    """Keeps the value of each key for at most ``seconds``, counted from the start of its reading.

    Callers who ask while a reading is under way share it (single flight); a reading that fails is
    raised to all of them and not kept. At most ``most`` keys are held; the one that was read
    longest ago makes room.
    """

    def __init__(self, seconds: float, clock: Clock, most: int = 10_000):
        self._keep = timedelta(seconds=seconds)
        self._clock = clock
        self._most = most
        self._readings: OrderedDict[Hashable, tuple[datetime, asyncio.Task[T]]] = OrderedDict()

    async def get(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """The value of ``key``; ``read`` is called when there is none that is fresh enough.

        Raises:
            Exception: whatever ``read`` raises.
        """
        now = self._clock.now()
        started, reading = self._readings.get(key, (None, None))
        if reading is None or now - started >= self._keep or now < started or _failed(reading):
            reading = asyncio.ensure_future(_call(read))
            self._readings[key] = now, reading
            self._readings.move_to_end(key)
            if len(self._readings) > self._most:
                self._readings.popitem(last=False)
        return await asyncio.shield(reading)  # one caller that gives up must not stop the others

    def forget(self, key: Hashable) -> None:
        """The next caller reads anew; for whoever has just changed the value."""
        self._readings.pop(key, None)


def recent(house: "House", name: str, seconds: float = 1.0) -> Recent:
    """The process's cache of this name, made when first asked for."""
    if name not in house.views:
        house.views[name] = Recent(seconds, house.wire)
    return house.views[name]


async def _call(read: Callable[[], Awaitable[T]]) -> T:
    return await read()


def _failed(reading: asyncio.Task) -> bool:
    return reading.done() and (reading.cancelled() or reading.exception() is not None)
