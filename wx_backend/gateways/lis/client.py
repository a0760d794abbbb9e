"""Telling a LIS over MLLP: one connection for each message, so one message is in flight on it.

A connection is given up with its first trouble: an answer that comes late can then never be taken
for the answer to something else.
"""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter

from wx_backend.base.errors import GatewayRefused, GatewayUnknown
from wx_backend.gateways.hl7.charset import decode
from wx_backend.gateways.hl7.message import NotHl7, parse
from wx_backend.gateways.hl7.mllp import Broken, Framer, wrap
from wx_backend.gateways.lis import confirmation
from wx_backend.gateways.lis.port import Confirmation, LisConfig

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
LONGEST_ANSWER = 64 * 1024


class Listener:
    """A ``LisPort``: the listener of one LIS. Raises OSError for certificates that are none."""

    def __init__(self, config: LisConfig):
        self._config = config
        self._tls = _secured(config)

    async def confirm(self, told: Confirmation) -> None:
        """See ``LisPort``."""
        text = confirmation.message(told, self._config)
        body = text.encode(self._config.charset, errors="replace")
        try:
            verdict, note = await self._ask(body, told.control_id)
        except (OSError, EOFError, TimeoutError) as error:
            raise GatewayUnknown(reason=type(error).__name__) from error
        if verdict in confirmation.REFUSED:
            raise GatewayRefused(platform_code=verdict, platform_message=note)
        if verdict not in confirmation.TAKEN:
            raise GatewayUnknown(reason="no_verdict")

    async def _ask(self, body: bytes, control_id: str) -> tuple[str, str]:
        """(MSA-1, the words beside it). Raises OSError, EOFError or TimeoutError."""
        config = self._config
        name = (config.server_name or config.host) if self._tls else None
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(
                config.host, config.port, ssl=self._tls, server_hostname=name
            )
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._talk(reader, writer, wrap(body), control_id)
        finally:
            writer.close()

    async def _talk(
        self, reader: StreamReader, writer: StreamWriter, frame: bytes, control_id: str
    ) -> tuple[str, str]:
        writer.write(frame)
        await writer.drain()
        framer = Framer(LONGEST_ANSWER)
        while data := await reader.read(4096):
            for item in framer.feed(data):
                if isinstance(item, Broken):
                    raise EOFError("the answer is no message")
                if found := self._read(item.body, control_id):
                    return found
        raise EOFError("hung up without an answer")

    def _read(self, raw: bytes, control_id: str) -> tuple[str, str] | None:
        """What an answer says; None when it is not the answer to this. Raises EOFError."""
        read = decode(raw, self._config.charset)
        try:
            answer = parse(read.text, read.charset)
        except NotHl7 as error:
            raise EOFError("the answer is no message") from error
        verdict = confirmation.verdict(answer, control_id)
        return None if verdict is None else (verdict, answer.get("MSA", 3) or answer.get("ERR", 8))


def _secured(config: LisConfig) -> ssl.SSLContext | None:
    """TLS with a LIS whose authority we know; both certificate and name are verified."""
    if not config.ca:
        return None
    made = ssl.create_default_context(cadata=config.ca)
    if config.certificate:
        made.load_cert_chain(config.certificate, config.key or None)
    return made
