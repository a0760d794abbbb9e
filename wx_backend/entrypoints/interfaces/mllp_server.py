"""The MLLP server: many connections, each in order, one message of each at a time.

The sender has its AA as soon as the message is durable. The message is then handled while the next
one is being received and stored; the next is not handled before it, so a connection keeps its
order, and a slow hand holds the sender back instead of filling the memory.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address

from wx_backend.base import log
from wx_backend.entrypoints.interfaces import processing
from wx_backend.entrypoints.interfaces.intake import Intake, Job
from wx_backend.entrypoints.interfaces.tls import named
from wx_backend.gateways.hl7.mllp import MOST, Framer, wrap

logger = logging.getLogger(__name__)

CHUNK = 1 << 16
FRAME_SECONDS = 30.0
"""How long a frame that has begun may take to end."""

CONNECTIONS = 256
GRACE_SECONDS = 10.0


class MllpServer:
    """``start`` … ``stop``. A peer outside ``peers`` (empty: everybody) is turned away, and with
    ``tls`` one whose certificate has none of ``names`` (empty: any).
    """

    def __init__(
        self,
        intake: Intake,
        peers: Iterable[IPv4Network | IPv6Network] = (),
        most: int = MOST,
        frame_seconds: float = FRAME_SECONDS,
        tls: ssl.SSLContext | None = None,
        names: frozenset[str] = frozenset(),
    ):
        self._intake = intake
        self._tls = tls
        self._names = names
        self._peers = tuple(peers)
        self._most = most
        self._frame_seconds = frame_seconds
        self._open: dict[asyncio.Task, _Connection] = {}
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listens; the port, which is a free one when 0 was asked for."""
        self._server = await asyncio.start_server(
            self._serve, host, port, limit=CHUNK, ssl=self._tls
        )
        return self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Takes no more; what has arrived whole is still stored, answered and handled."""
        if self._server:
            self._server.close()
        for task, connection in self._open.items():
            connection.finish(task)
        if self._open:
            _, late = await asyncio.wait(self._open, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
        await self._intake.finish()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")[0]
        if not (self._welcome(peer) and named(writer.get_extra_info("peercert"), self._names)):
            logger.warning("peer turned away")
            writer.close()
            return
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection = _Connection(
            self._intake, reader, writer, peer, Framer(self._most), self._frame_seconds
        )
        task = asyncio.current_task()
        self._open[task] = connection
        try:
            await connection.run()
        finally:
            del self._open[task]
            writer.close()

    def _welcome(self, peer: str) -> bool:
        known = not self._peers or any(ip_address(peer) in network for network in self._peers)
        return known and len(self._open) < CONNECTIONS


class _Connection:
    """One peer. ``_reading`` is true while nothing of its is under way."""

    def __init__(
        self,
        intake: Intake,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        peer: str,
        framer: Framer,
        frame_seconds: float,
    ):
        self._intake = intake
        self._reader = reader
        self._writer = writer
        self._peer = peer
        self._framer = framer
        self._frame_seconds = frame_seconds
        self._handling: asyncio.Task | None = None
        self._reading = False
        self._finishing = False

    async def run(self) -> None:
        """Until the peer goes, is silent in the middle of a frame, or the server stops."""
        try:
            while not self._finishing and (data := await self._read()):
                await self._take(self._framer.feed(data))
            if last := self._framer.close():
                await self._take([last])
        except (ConnectionError, asyncio.CancelledError) as end:
            logger.info("connection ended", extra={"reason": type(end).__name__})
        finally:
            if self._handling:
                await self._handling

    def finish(self, task: asyncio.Task) -> None:
        """Ends the connection at once when idle, else after what is under way."""
        self._finishing = True
        if self._reading:
            task.cancel()

    async def _read(self) -> bytes:
        """Bytes; none at the end, or when a frame takes too long."""
        self._reading = True
        try:
            async with asyncio.timeout(self._frame_seconds if self._framer.open else None):
                return await self._reader.read(CHUNK)
        except TimeoutError:
            logger.warning("frame not finished in time")
            return b""
        finally:
            self._reading = False

    async def _take(self, items: list) -> None:
        for item in items:
            answer = await self._intake.receive(item, self._peer)
            self._writer.write(b"".join(map(wrap, answer.frames)))
            if self._handling:
                await self._handling
                self._handling = None
            if answer.work:
                self._handling = asyncio.create_task(_handle(answer.work))
            await self._writer.drain()


async def _handle(work: tuple[Job, ...]) -> None:
    """One after the other; what cannot even be parked is left to the sweep."""
    for job in work:
        log.trace_id.set(job.ctx.trace)
        try:
            await processing.process(job.ctx, job.received, job.message)
        except Exception:
            logger.exception("message left to the sweep", extra={"hl7": job.received.key})
