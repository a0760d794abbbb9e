"""Who follows what in this process: frames go out in order, each to every watcher, built once."""

import asyncio
from collections import deque
from typing import Protocol

from wx_backend.base.context import House
from wx_backend.base.live import frames, store

AT_ONCE = 500
"""Watchers served before others get their turn of the loop."""
UNKNOWN = -1


class Watcher(Protocol):
    """One socket; ``seen`` holds, by topic key, the number it has, None while it is catching up."""

    seen: dict[str, int | None]

    def send(self, frame: bytes) -> None: ...


class Channel:
    """One topic in this process. ``seq`` is the last number handed to its watchers, ``UNKNOWN``
    while the first of them reads it.
    """

    __slots__ = ("_going", "_queue", "_task", "key", "seq", "topic", "watchers")

    def __init__(self, key: str):
        self.key = key
        self.topic = key.partition("/")[2]
        self.seq = UNKNOWN
        self.watchers: set[Watcher] = set()
        self._queue: deque[tuple[int, bytes]] = deque()
        self._task: asyncio.Task | None = None

    def push(self, seq: int, body: str) -> None:
        """The next frame."""
        self._go(seq, frames.happened(self.topic, seq, body))

    def gap(self, seq: int) -> None:
        """Some frames up to ``seq`` are gone for everybody here."""
        self._go(seq, frames.said(topic=self.topic, seq=seq, gap=True))

    def _go(self, seq: int, frame: bytes) -> None:
        self.seq = seq
        busy = self._task is not None and not self._task.done()
        if busy or len(self.watchers) > AT_ONCE:
            self._queue.append((seq, frame))
            if not busy:
                self._task = asyncio.create_task(self._broadcast())
            return
        for watcher in tuple(self.watchers):
            self._hand(watcher, seq, frame)

    async def _broadcast(self) -> None:
        while self._queue:
            seq, frame = self._queue.popleft()
            for n, watcher in enumerate(tuple(self.watchers), 1):
                self._hand(watcher, seq, frame)
                if n % AT_ONCE == 0:
                    await asyncio.sleep(0)

    def _hand(self, watcher: Watcher, seq: int, frame: bytes) -> None:
        seen = watcher.seen.get(self.key)
        if seen is not None and seen < seq:
            watcher.seen[self.key] = seq
            watcher.send(frame)


class Hub:
    """The topics that somebody in this process follows."""

    def __init__(self, house: House):
        self._house = house
        self.channels: dict[str, Channel] = {}

    async def follow(self, watcher: Watcher, key: str, after: int | None) -> None:
        """Adds a watcher and sends what it missed after the number it has (None: nothing).

        Storage is read until it is level with what went out meanwhile, so that no frame falls
        between catching up and watching.
        """
        channel = self.channels.setdefault(key, Channel(key))
        channel.watchers.add(watcher)
        watcher.seen[key] = None
        while True:
            tail = await store.read(self._house, key)
            if key not in watcher.seen:  # left meanwhile
                return
            if channel.seq == UNKNOWN:
                channel.seq = tail.seq
            after = self._bring(watcher, channel.topic, tail, after)
            if channel.seq <= after:
                break
        watcher.seen[key] = after
        watcher.send(frames.said(topic=channel.topic, seq=after, following=True))

    def _bring(self, watcher: Watcher, topic: str, tail: store.Tail, after: int | None) -> int:
        """Sends the part of ``tail`` after a number; the number the watcher now has."""
        if after is None:
            return tail.seq
        missed = tail.after(after)
        if missed is None:
            watcher.send(frames.said(topic=topic, seq=tail.seq, gap=True))
        for seq, body in missed or ():
            watcher.send(frames.happened(topic, seq, body))
        return tail.seq

    def leave(self, watcher: Watcher, key: str) -> None:
        watcher.seen.pop(key, None)
        if channel := self.channels.get(key):
            channel.watchers.discard(watcher)
            if not channel.watchers:
                del self.channels[key]

    def heard(self, key: str, seq: int, body: str) -> bool:
        """A frame somebody added. False when others before it are missing: read storage."""
        channel = self.channels.get(key)
        if channel is None or seq <= channel.seq:
            return True
        if seq != channel.seq + 1:
            return False
        channel.push(seq, body)
        return True

    async def catch_up(self, key: str) -> None:
        """Brings a topic level with storage."""
        if key not in self.channels:
            return
        tail = await store.read(self._house, key)
        channel = self.channels.get(key)
        if channel is None or tail.seq <= channel.seq:
            return
        if channel.seq == UNKNOWN:  # its watchers are still reading, and will read again
            channel.seq = tail.seq
            return
        missed = tail.after(channel.seq)
        if missed is None:
            channel.gap(tail.seq)
        for seq, body in missed or ():
            channel.push(seq, body)
