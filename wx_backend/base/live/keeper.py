"""What a process with live sockets does besides serving them: listens, polls, and looks after
them.

Storage is asked each second for topics that moved, whether or not hints arrive, so a lost hint
costs a second and never a frame. A process without sockets does nothing.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from wx_backend.base import metrics
from wx_backend.base.context import House
from wx_backend.base.live import frames, store
from wx_backend.base.live.hints import Hints
from wx_backend.base.live.hub import Hub, Watcher

log = logging.getLogger(__name__)

SOCKETS_EACH = 8
"""Sockets of one person in one process; the one opened longest ago makes room."""
POLL_SECONDS = 1.0
OVERLAP = timedelta(seconds=15)
"""Storage is asked this far back, so that clocks of two machines may differ by as much."""
VISIT_SECONDS = 5
"""Each socket is looked after once in so many seconds."""


class Socket(Watcher, Protocol):
    """A socket as its keeper sees it."""

    person: str

    def end(self, code: int, reason: str) -> None: ...

    async def visited(self) -> None: ...


class Keeper:
    """Sockets of this process and the tasks that serve them, started by the first one."""

    def __init__(self, house: House, hub: Hub, hints: Hints):
        self._house, self.hub, self._hints = house, hub, hints
        self._people: dict[str, deque[Socket]] = {}
        self._sockets: dict[Socket, None] = {}
        self._tasks: list[asyncio.Task] = []
        self._behind: set[str] = set()
        self._wake = asyncio.Event()
        self._since = house.wire.now()

    def join(self, socket: Socket) -> None:
        """Takes a socket in; of too many of one person the eldest ends."""
        if not self._tasks:
            self._since = self._house.wire.now()
            self._tasks = [asyncio.create_task(one) for one in self._work()]
        own = self._people.setdefault(socket.person, deque())
        own.append(socket)
        self._sockets[socket] = None
        metrics.LIVE_SOCKETS.inc()
        if len(own) > SOCKETS_EACH:
            own[0].end(frames.REPLACED, "replaced")

    def part(self, socket: Socket) -> None:
        """The socket is closed."""
        if socket not in self._sockets:
            return
        del self._sockets[socket]
        metrics.LIVE_SOCKETS.dec()
        own = self._people[socket.person]
        own.remove(socket)
        if not own:
            del self._people[socket.person]
        for key in list(socket.seen):
            self.hub.leave(socket, key)

    def heard(self, key: str, seq: int, body: str) -> None:
        """A frame that this or another process added."""
        if not self.hub.heard(key, seq, body):
            self._behind.add(key)
            self._wake.set()

    def close(self) -> None:
        """The process ends: clients are told to come back, to another one."""
        for task in self._tasks:
            task.cancel()
        for socket in list(self._sockets):
            socket.end(frames.GOING_AWAY, "going_away")

    def _work(self) -> list[Awaitable]:
        return [
            self._hints.listen(self.heard),
            self._keep(self._poll, POLL_SECONDS),
            self._keep(self._visit, 1.0),
            self._follow_up(),
        ]

    async def _keep(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except Exception:
                log.exception("live upkeep failed", extra={"work": work.__name__})

    async def _poll(self) -> None:
        now = self._house.wire.now()
        moved = await store.moved(self._house, self._since - OVERLAP)
        self._since = now
        for key, seq in moved.items():
            channel = self.hub.channels.get(key)
            if channel is not None and channel.seq < seq:
                self._behind.add(key)
        if self._behind:
            self._wake.set()

    async def _follow_up(self) -> None:
        """Brings topics level with storage, all that are behind side by side."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            keys, self._behind = self._behind, set()
            done = await asyncio.gather(
                *(self.hub.catch_up(key) for key in keys), return_exceptions=True
            )
            for error in done:
                if isinstance(error, BaseException):  # the next poll finds it again
                    log.error("live topic not read", exc_info=error)

    async def _visit(self) -> None:
        """Looks after some of the sockets: all of them within ``VISIT_SECONDS``."""
        for socket in list(self._sockets)[: len(self._sockets) // VISIT_SECONDS + 1]:
            if socket in self._sockets:
                self._sockets[socket] = self._sockets.pop(socket)  # to the end of the line
                await socket.visited()
