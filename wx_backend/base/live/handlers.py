"""The live socket of a person, and the same by polling."""

import asyncio
import logging
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from tornado.iostream import StreamBufferFullError, StreamClosedError
from tornado.websocket import WebSocketHandler

from wx_backend.base import metrics
from wx_backend.base.api import Call, calls
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.forms import Form, Text
from wx_backend.base.handler import PERSON, ApiHandler, Handler
from wx_backend.base.live import frames, service, store

log = logging.getLogger(__name__)

BUFFER = 64 << 10
"""Bytes that wait for a slow client; with more its socket ends, and it catches up."""
MOST_BYTES = 8 << 10
TOPICS_EACH = 64
PINGS = 4
"""A ping with every fourth visit of the keeper, so about each 20 seconds."""
RIGHTS = 12
"""Rights are asked again with every twelfth visit, so about each minute."""


class Asked(Form):
    """What a client sends: topics with the last number it has (null: from now on)."""

    follow: Annotated[dict[str, int | None], Text(max_length=TOPICS_EACH)] = msgspec.field(
        default_factory=dict
    )
    leave: Annotated[list[str], Text(max_length=TOPICS_EACH)] = msgspec.field(default_factory=list)


class LiveSocket(Handler, WebSocketHandler):
    """``GET /live``: everything live of one person over one WebSocket; see ``frames.py``."""

    access = PERSON

    def prepare(self) -> None:
        super().prepare()
        if self.request.headers.get("Upgrade", "").lower() != "websocket":
            raise Invalid("请使用 WebSocket 连接")

    def check_origin(self, origin: str) -> bool:
        """Our own pages only, over the same scheme; a bearer token is no ambient authority."""
        own, asked = urlsplit(self.house.settings.public_url), urlsplit(origin)
        same = (asked.scheme, asked.netloc) == (own.scheme, own.netloc)
        return same or "Authorization" in self.request.headers

    def get_compression_options(self) -> dict[str, Any] | None:
        """Off: it costs some 100 KB a socket, and our frames are short."""
        return None

    @property
    def max_message_size(self) -> int:
        return MOST_BYTES

    def open(self) -> None:
        self.live = service.live(self.house)
        self.seen: dict[str, int | None] = {}
        self.person = str(self.ctx.actor)
        self._visits, self._answered = 0, True
        self._stream = self.ws_connection.stream
        self._stream.max_write_buffer_size = BUFFER
        self.set_nodelay(True)
        self.live.keeper.join(self)

    async def on_message(self, message: str | bytes) -> None:
        try:
            asked = msgspec.json.decode(message, type=Asked)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self.end(frames.NOT_UNDERSTOOD, "refused")
            return
        if not self.front.buckets.take(self.ctx.actor.id):
            self.end(frames.NOT_UNDERSTOOD, "refused")
            return
        for topic in asked.leave:
            self.live.keeper.hub.leave(self, store.key_of(self.ctx, topic))
        for topic, after in asked.follow.items():
            await self._follow(topic, after)

    async def _follow(self, topic: str, after: int | None) -> None:
        key = store.key_of(self.ctx, topic)
        if key in self.seen or len(self.seen) >= TOPICS_EACH or not await self._may(topic):
            return
        if self.ws_connection is not None:
            await self.live.keeper.hub.follow(self, key, after)

    async def _may(self, topic: str) -> bool:
        try:
            await self.live.topics.check(self.ctx, topic)
        except AppError as error:
            self.send(frames.said(topic=topic, refused=error.code))
            return False
        return True

    def send(self, frame: bytes) -> None:
        """Puts a frame into the outgoing buffer; a client that lets it fill up is let go."""
        if self.ws_connection is None:
            return
        try:
            self._stream.write(frame)
        except StreamBufferFullError:
            self.end(frames.SLOW, "slow")
        except StreamClosedError:
            self.live.keeper.part(self)

    def end(self, code: int, reason: str) -> None:
        """Closes from our side; the code tells the client what to do."""
        if self.ws_connection is None:
            return
        metrics.LIVE_ENDED.labels(reason).inc()
        self._stream.max_write_buffer_size = None  # the close frame still has to fit
        self.live.keeper.part(self)
        self.close(code, reason)

    async def visited(self) -> None:
        """Its keeper looks in: is the person still signed in, the client there, the right held?"""
        self._visits += 1
        if self.front.caller(self)[0] != self.ctx.actor:
            self.end(frames.SIGNED_OUT, "signed_out")
        elif self._visits % PINGS == 0:
            self._ping()
        if self._visits % RIGHTS == 0 and self.ws_connection is not None:
            await asyncio.gather(*(self._still(key) for key in list(self.seen)))

    def _ping(self) -> None:
        if not self._answered:
            self.end(frames.SILENT, "silent")
            return
        self._answered = False
        self.send(PING)

    def on_pong(self, data: bytes) -> None:
        self._answered = True

    async def _still(self, key: str) -> None:
        if not await self._may(key.partition("/")[2]):
            self.live.keeper.hub.leave(self, key)

    def on_close(self) -> None:
        if hasattr(self, "live"):
            self.live.keeper.part(self)


PING = b"\x89\x00"
"""An empty ping frame (RFC 6455, 5.5.2)."""


class PollQuery(Form):
    """``after``: ``topic=number`` pairs, with commas between them; no number: where it stands.

    ``as`` is read where callers are recognised: a browser may hold a session of either kind.
    """

    after: Annotated[str, Text(min_length=3, max_length=4000)]
    as_: Literal["staff", "account"] = msgspec.field(name="as", default="account")


class Progress(msgspec.Struct, frozen=True):
    """What one topic brought: ``gap`` says that some of it is gone and to be read anew."""

    seq: int
    gap: bool = False
    frames: list[tuple[int, msgspec.Raw]] = []
    refused: str | None = None


class Topics(msgspec.Struct, frozen=True):
    topics: dict[str, Progress]


class LivePoll(ApiHandler):
    """``GET`` what followed the numbers a client has (1 shared call a topic besides rights)."""

    access = PERSON
    api = calls(get=Call(does="查询动态（不能用 WebSocket 时）", query=PollQuery, answer=Topics))

    async def get(self) -> None:
        pairs = [pair.partition("=") for pair in self.query(PollQuery).after.split(",")]
        if len(pairs) > TOPICS_EACH or any(not _number(seq) for _, _, seq in pairs):
            raise Invalid(fields={"after": "格式不正确"})
        found = await asyncio.gather(*(self._progress(topic, seq) for topic, _, seq in pairs))
        topics = {topic: one for (topic, _, _), one in zip(pairs, found, strict=True)}
        self.answer(Topics(topics))

    async def _progress(self, topic: str, seq: str) -> Progress:
        try:
            tail = await service.tail(self.ctx, topic)
        except AppError as error:
            return Progress(0, refused=error.code)
        if not seq:
            return Progress(tail.seq)
        missed = tail.after(int(seq))
        if missed is None:
            return Progress(tail.seq, gap=True)
        return Progress(tail.seq, frames=[(n, msgspec.Raw(body.encode())) for n, body in missed])


def _number(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdigit() and len(text) <= 16)


routes = [(r"/live", LiveSocket), (r"/api/v1/live", LivePoll)]
