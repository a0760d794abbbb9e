"""A gateway on a real port and a real database, and a sender that speaks MLLP to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.helpers.houses import bare_house
from wx_backend.base.context import Ctx, House
from wx_backend.entrypoints.interfaces import alarms, inbox
from wx_backend.entrypoints.interfaces.intake import Intake
from wx_backend.entrypoints.interfaces.mllp_server import MllpServer
from wx_backend.gateways.hl7.charset import decode
from wx_backend.gateways.hl7.message import Message, parse, split_batch
from wx_backend.gateways.hl7.mllp import Frame, Framer, wrap
from wx_backend.identity.patients import store as patients
from wx_backend.records.encounters import store as charts
from wx_backend.records.reports import store as reports

INST = "ins1"
COLLECTIONS = (
    *(alarms.ALARMS, charts.CHARTS, charts.ENCOUNTERS),
    *(reports.REPORTS, reports.PANIC_RULES, patients.PATIENTS, patients.BINDINGS),
)


class Sender:
    """One connection of a hospital system."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        self.reader = reader
        self.writer = writer
        self._framer = Framer()
        self._waiting: list[Frame] = []

    async def send(self, text: str | bytes) -> Message:
        """The answer to one message."""
        self.put(wrap(text if isinstance(text, bytes) else text.encode()))
        return await self.answer()

    def put(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> Message:
        """The next answer. Raises ConnectionError when the gateway has hung up."""
        (answer,) = await self.answers()
        return answer

    async def answers(self) -> list[Message]:
        """The next frame's answers: several when a batch was sent."""
        return [parse(text) for text in split_batch(decode(await self.frame()).text)]

    async def frame(self) -> bytes:
        async with asyncio.timeout(10):
            while not self._waiting:
                data = await self.reader.read(4096)
                if not data:
                    raise ConnectionError("the gateway has hung up")
                self._waiting += self._framer.feed(data)
        return self._waiting.pop(0).body

    def close(self) -> None:
        self.writer.close()


class Gateway:
    """``ctx`` sees what came of it."""

    def __init__(self, house: House, server: MllpServer, port: int):
        self.house, self.server, self.port = house, server, port
        self.ctx: Ctx = house.ctx(INST)
        self._senders: list[Sender] = []

    async def sender(self) -> Sender:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._senders.append(Sender(reader, writer))
        return self._senders[-1]

    async def messages(self) -> list[dict]:
        """Everything in this month's inbox, in order of arrival."""
        table = self.ctx.db(inbox.INBOX).month(self.ctx.wire_now())
        return await table.find(sort=[("received_at", 1)])

    async def settled(self) -> list[dict]:
        """The inbox when nothing is under way any more."""
        for _ in range(1000):
            docs = await self.messages()
            if all(doc["state"] != "RECEIVED" for doc in docs):
                return docs
            await asyncio.sleep(0.02)
        raise AssertionError("messages are still under way")

    def hang_up(self) -> None:
        for sender in self._senders:
            sender.close()


@asynccontextmanager
async def gateway(mongo_uri: str, frame_seconds: float = 30, **options) -> AsyncIterator[Gateway]:
    async with bare_house(mongo_uri, COLLECTIONS) as house:
        server = MllpServer(
            Intake(house, INST, options.pop("habit", "utf-8")),
            frame_seconds=frame_seconds,
            **options,
        )
        running = Gateway(house, server, await server.start("127.0.0.1", 0))
        try:
            yield running
        finally:
            running.hang_up()
            await server.stop()
