"""The LIS's listener: takes confirmations over MLLP, answers, and goes wrong on demand."""

import asyncio
import logging
import socket
import struct
from datetime import UTC, datetime

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.faults import LIS, LOST, SILENT, Fault, Faults
from wx_backend.entrypoints.sandbox.lis import wire
from wx_backend.entrypoints.sandbox.lis.ledger import Ledger, fault_of
from wx_backend.entrypoints.sandbox.store import Store

log = logging.getLogger(__name__)

ENDPOINT = "lis/ORA^R41"
_HANG_SECONDS = 600


class Lis:
    """`start` … `close`; `port` is the real one."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self.ledger = Ledger(store)
        self.port = 0
        self._faults = faults
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task] = set()

    async def start(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(self._serve, host, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server:
            self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._open.add(task)
        try:
            while frame := await _frame(reader):
                await self._heard(frame, reader, writer)
        except (OSError, asyncio.IncompleteReadError) as error:
            log.info("LIS connection ended: %s", type(error).__name__)
        finally:
            self._open.discard(task)
            writer.close()

    async def _heard(
        self, frame: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        trouble = self._faults.take(ENDPOINT, SILENT)
        if trouble:
            await self._trouble(trouble, reader, writer)
        fault = self._faults.take(ENDPOINT, LIS)
        answer = self._answer(frame, fault)
        if self._faults.take(ENDPOINT, LOST):
            _reset(writer)
        times = 2 if fault and fault.kind == "lis_twice" else 1
        writer.write((wire.START + answer + wire.END) * times)
        await writer.drain()

    async def _trouble(
        self, fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Later, or never. Raises ConnectionResetError."""
        if fault.kind == "slow":
            await asyncio.sleep(float(fault.value or 1))
            return
        if fault.kind == "hang":
            async with asyncio.timeout(float(fault.value or _HANG_SECONDS)):
                await reader.read()  # until the other side gives up
        _reset(writer)

    def _answer(self, frame: bytes, fault: Fault | None) -> bytes:
        at = datetime.fromtimestamp(clock.now(), UTC).strftime("%Y%m%d%H%M%S+0000")
        try:
            message, codec = wire.read(frame)
        except wire.NoMessage as error:
            log.warning("LIS cannot read: %s", error)
            return f"MSH|^~\\&|LIS||||{at}||ACK|A0|P|2.8\rMSA|AR||{error}\r".encode()
        verdict, note = self._judge(message, frame, fault)
        text = wire.answer(message, verdict, at, note)
        if fault and fault.kind == "lis_other":
            text = text.replace(message.get("MSH", 10), "SOMEBODYELSE")
        return text.encode(codec)

    def _judge(self, message: wire.Message, frame: bytes, fault: Fault | None) -> tuple[str, str]:
        if fault and fault.kind == "lis_refuse":
            return str(fault.value or "AE"), "报告不存在"
        if wrong := fault_of(message):
            return "AE", wrong
        try:
            self.ledger.take(message, frame)
        except ValueError as error:
            return "AE", str(error)
        return "CA" if message.get("MSH", 15) == "AL" else "AA", ""


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """The next message without its framing; empty at the end."""
    head = await reader.read(1)
    if head != wire.START:
        return b""
    return (await reader.readuntil(wire.END)).removesuffix(wire.END)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends the connection with a TCP reset. Raises ConnectionResetError."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    raise ConnectionResetError("as planned")
