"""MLLP framing: ``0x0B message 0x1C 0x0D`` over a stream of bytes. Pure.

Neither control byte occurs inside a character of UTF-8 or GB18030, so frames are found before
anything is decoded. A sender that starts anew in the middle of a frame loses that frame, never the
next one.
"""

from typing import Literal

import msgspec

START, END, TAIL = b"\x0b", b"\x1c", b"\x1c\r"
MOST = 10 * 1024 * 1024
"""Bytes of the longest message."""

Reason = Literal["unfinished", "too_long"]


class Frame(msgspec.Struct, frozen=True):
    """A whole message, without its framing."""

    body: bytes


class Broken(msgspec.Struct, frozen=True):
    """A message that never got its end, or is too long; ``head`` is its beginning."""

    reason: Reason
    head: bytes


def wrap(body: bytes) -> bytes:
    return START + body + TAIL


class Framer:
    """Fed with bytes as they come, split and joined anyhow; gives whole frames in order.

    ``noise`` counts bytes between frames, which are dropped.
    """

    HEAD = 2048

    def __init__(self, most: int = MOST):
        self._most = most
        self._buffer = bytearray()
        self._scanned = 0
        self._open = False
        self._skipping = False
        self.noise = 0

    @property
    def open(self) -> bool:
        """A frame has begun and not ended."""
        return self._open

    def feed(self, data: bytes) -> list[Frame | Broken]:
        """What these bytes complete."""
        self._buffer += data
        found: list[Frame | Broken] = []
        while (item := self._next()) is not None:
            found.append(item)
        return found

    def close(self) -> Frame | Broken | None:
        """The stream is over: an open frame's rest; it is whole if only its last CR is missing."""
        if not self._open:
            return None
        skipped, body = self._skipping, self._take(len(self._buffer))
        return None if skipped else self._judge(body)

    def _next(self) -> Frame | Broken | None:
        if not self._open and not self._begin():
            return None
        end = self._buffer.find(TAIL, self._scanned)
        limit = end if end >= 0 else len(self._buffer)
        again = self._buffer.find(START, self._scanned, limit)
        if again >= 0:
            return self._restarted(again)
        if end >= 0:
            return self._ended(end)
        return self._waiting()

    def _begin(self) -> bool:
        at = self._buffer.find(START)
        self._drop(len(self._buffer) if at < 0 else at, noise=True)
        if at < 0:
            return False
        self._drop(1)
        self._open, self._skipping = True, False
        return True

    def _restarted(self, at: int) -> Frame | Broken | None:
        """A frame begins inside this one: whole if only its last CR is missing, else cut off."""
        skipped, body = self._skipping, self._take(at)
        return self._next() if skipped else self._judge(body)

    def _ended(self, end: int) -> Frame | Broken | None:
        skipped, body = self._skipping, self._take(end, len(TAIL))
        return self._next() if skipped else self._sized(body)

    def _take(self, size: int, tail: int = 0) -> bytes:
        """The open frame's first bytes; the frame is then closed."""
        body = bytes(self._buffer[:size])
        self._drop(size + tail)
        self._open = False
        return body

    def _judge(self, body: bytes) -> Frame | Broken:
        """A frame without its end."""
        if body.endswith(END):
            return self._sized(body[:-1])
        return Broken("unfinished", body[: self.HEAD])

    def _sized(self, body: bytes) -> Frame | Broken:
        if len(body) > self._most:
            return Broken("too_long", body[: self.HEAD])
        return Frame(body)

    def _waiting(self) -> Broken | None:
        size, head = len(self._buffer), bytes(self._buffer[: self.HEAD])
        if not self._skipping and size <= self._most + len(TAIL):
            self._scanned = max(0, size - 1)
            return None
        reported, self._skipping = self._skipping, True
        self._drop(size - 1)  # the last byte may be half of the end
        return None if reported else Broken("too_long", head)

    def _drop(self, count: int, noise: bool = False) -> None:
        if noise:
            self.noise += count - bytes(self._buffer[:count]).count(b"\r")
        del self._buffer[:count]
        self._scanned = 0
