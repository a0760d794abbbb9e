"""Base of every platform endpoint: counts the call and lets transport faults strike."""

import asyncio
import json
import socket
import struct
from abc import abstractmethod
from typing import Any

from tornado.web import RequestHandler

from wx_backend.entrypoints.sandbox.box import Box
from wx_backend.entrypoints.sandbox.faults import REPLY, TRANSPORT

_HANG_SECONDS = 600
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"


class WireHandler(RequestHandler):
    """A handler of the platforms. Subclasses end with `reply`, never with `finish`.

    refusal: the exception by which this platform says no; `refuse` words it.
    """

    refusal: type[Exception]

    def initialize(self, box: Box) -> None:
        self.box = box
        self._gone = asyncio.Event()

    @property
    def endpoint(self) -> str:
        """The request path: what faults and the journal call this call."""
        return self.request.path

    async def prepare(self) -> None:
        self.box.calls[self.endpoint] += 1
        fault = self.box.faults.take(self.endpoint, TRANSPORT)
        if fault is None:
            return
        if fault.kind == "slow":
            await self._wait(float(fault.value or 1))
        elif fault.kind == "hang":
            await self._until_gone(float(fault.value or _HANG_SECONDS))
            self._reset()
        elif fault.kind == "reset":
            self._reset()
        else:
            self.set_status(502)
            self.set_header("Content-Type", "text/html")
            self.finish(_HTML)

    async def _wait(self, seconds: float) -> None:
        """A slow call does its work late, unless all was cleared meanwhile: it must not change the
        books of the next test."""
        era = self.box.faults.era
        await asyncio.sleep(seconds)
        if era != self.box.faults.era:
            self.set_status(503)
            self.finish()

    def on_connection_close(self) -> None:
        self._gone.set()

    async def _until_gone(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._gone.wait(), seconds)
        except TimeoutError:
            self._gone.set()

    def _reset(self) -> None:
        """Close the connection with a TCP reset instead of an answer."""
        stream = self.detach()
        if stream.socket is not None:
            linger = struct.pack("ii", 1, 0)
            stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        stream.close()

    def reply(self, body: bytes, status: int = 200) -> None:
        """Send the answer; the work is done by now, so a lost or cut reply loses only words."""
        fault = self.box.faults.take(self.endpoint, REPLY)
        if fault and fault.kind == "lost_reply":
            self._reset()
        elif fault:
            self._cut(body, status)
        else:
            self.set_status(status)
            self.finish(body if status != 204 else None)

    def _cut(self, body: bytes, status: int) -> None:
        """Half a body, then the end; of an answer without a body, half a status line. A whole
        answer on a connection about to close would strike the client's next call, not this one.
        """
        stream = self.detach()
        head = (
            f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        ).encode()
        stream.write(head + body[: len(body) // 2] if body else head[: len(b"HTTP/1.1")])
        stream.close()

    def json_body(self) -> Any:
        """The request's JSON; None when it is none."""
        try:
            return json.loads(self.request.body)
        except ValueError:
            return None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, self.refusal):
            self.refuse(error)
        else:
            super().write_error(status_code, **kwargs)

    @abstractmethod
    def refuse(self, error: Any) -> None:
        """Word an error as this platform does."""

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        if not isinstance(value, self.refusal):
            super().log_exception(typ, value, tb)
