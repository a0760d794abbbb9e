"""`wx-backend gateway` killed in the middle of a load: nothing acknowledged is lost."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers import hl7 as samples
from tests.helpers.gateway import COLLECTIONS, INST, Sender
from tests.helpers.houses import house_on
from tests.helpers.ports import kept_ports
from tests.helpers.web import SECRETS
from wx_backend.base import ids
from wx_backend.entrypoints.embedded.process import Child
from wx_backend.entrypoints.interfaces import inbox
from wx_backend.records.reports import store as reports

MESSAGES, LINES = 40, 4


@pytest.fixture
def environ(mongo_uri: str) -> Iterator[dict[str, str]]:
    with kept_ports(1) as [port]:
        yield {
            **SECRETS,
            "WX_MONGO_URI": mongo_uri,
            "WX_MONGO_DB": ids.new("test"),
            "WX_HL7_PORT": str(port),
            "WX_HL7_INSTITUTION": INST,
            "WX_SWEEP_SECONDS": "0.05",
        }


class Gateways:
    """One gateway at a time, in a process of its own."""

    def __init__(self, environ: dict[str, str], folder: Path):
        self.environ, self.folder, self.count = environ, folder, 0

    def start(self, **more: str) -> Child:
        self.count += 1
        child = Child(
            f"gateway{self.count}",
            [sys.executable, "-m", "wx_backend.entrypoints.cli.main", "gateway"],
            self.folder / f"gateway{self.count}.log",
            env={**os.environ, **self.environ, **more},
        )
        child.start()
        child.wait_ready(lambda: "gateway ready" in child.tail(100))
        return child

    async def line(self) -> Sender:
        port = int(self.environ["WX_HL7_PORT"])
        return Sender(*await asyncio.open_connection("127.0.0.1", port))


async def feed(gateways: Gateways, number: int, acknowledged: list[str]) -> None:
    """A LIS: sends each message until it is acknowledged, over a new line after each failure."""
    line: Sender | None = None
    for n in range(MESSAGES):
        name = f"C{number}-{n}"
        while name not in acknowledged:
            try:
                line = line or await gateways.line()
                answer = await line.send(samples.oru(name, samples.PANEL[:3], name))
            except OSError:
                if line:
                    line.close()
                line = None
                await asyncio.sleep(0.05)
                continue
            assert answer.get("MSA", 1) == "AA"
            acknowledged.append(name)
    if line:
        line.close()


async def test_kill_in_the_middle_of_a_load(environ: dict[str, str], tmp_path: Path) -> None:
    gateways, acknowledged = Gateways(environ, tmp_path), []
    async with house_on(environ["WX_MONGO_URI"], environ["WX_MONGO_DB"]) as house:
        await house.db.ensure(COLLECTIONS)
        ctx = house.ctx(INST)
        table = ctx.db(inbox.INBOX).month(ctx.wire_now())
        child = gateways.start(WX_CRASH_AFTER_WRITES="60")
        senders = [asyncio.create_task(feed(gateways, n, acknowledged)) for n in range(LINES)]
        await asyncio.to_thread(child.wait)
        assert 0 < len(acknowledged) < MESSAGES * LINES
        child = gateways.start()
        try:
            await asyncio.gather(*senders)
            await table.change_many({}, {"$set": {"leased_until": ctx.wire_now()}})
            for _ in range(600):
                if not await table.count({"state": {"$ne": "DONE"}}):
                    break
                await asyncio.sleep(0.05)
            kept = {doc["control_id"] for doc in await table.find({"state": "DONE"})}
            filed = {doc["lis_id"] for doc in await ctx.db(reports.REPORTS).find()}
        finally:
            child.stop()
        assert len(acknowledged) == MESSAGES * LINES
        assert set(acknowledged) == kept == filed
        assert await ctx.db(reports.REPORTS).count({"version": {"$ne": 1}}) == 0
        await house.db.drop()
