"""Timers of the sandbox in one place, so that stopping leaves none behind."""

import asyncio
from collections.abc import Callable

from wx_backend.entrypoints.sandbox import clock


class Agenda:
    """Calls at moments of the wire clock. Nothing here survives a stop; owners plan anew."""

    def __init__(self) -> None:
        self._timers: set[asyncio.TimerHandle] = set()

    def at(self, due: float, call: Callable[[str], None], name: str) -> None:
        """Call `call(name)` at `due` (seconds since 1970), at once when that is past."""
        loop = asyncio.get_running_loop()

        def run() -> None:
            self._timers.discard(timer)
            call(name)

        timer = loop.call_later(max(0.0, due - clock.now()), run)
        self._timers.add(timer)

    def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
