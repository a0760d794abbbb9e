"""``oru``: laboratory messages with 30 results over MLLP: received, stored durably, acknowledged.

One gateway process, eight connections, each sending its next message when it has its AA. The
gateway files the reports beside it: when the last answer has come, all must be filed ten seconds
later. A message in a hundred carries a critical potassium.
"""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import msgspec
from pymongo.database import Database

from bench.figures import Figure, Round, compared, median
from bench.load import HOST
from bench.stage import Stage
from wx_backend.base import ids
from wx_backend.entrypoints.embedded.ports import pick_free
from wx_backend.gateways.hl7.message import encode
from wx_backend.gateways.hl7.mllp import Framer, wrap

CONNECTIONS = 8
RESULTS = 30
CRITICAL_EVERY = 100
PATIENTS = 200
PATIENCE_SECONDS = 10
READY = "20261124082900"


class Sent(msgspec.Struct, frozen=True):
    """What a load came to: seconds from the first byte to the last answer."""

    seconds: float
    p50_ms: float
    p99_ms: float


def message(n: int, critical: bool) -> bytes:
    """An ORU under a name of its own, framed."""
    name = ids.new("c")[:16]
    mrn = f"M{n % PATIENTS}"
    rows = [
        ("MSH", "LIS", "JQ", "WX", "JQ", "20261124083000", "", [["ORU", "R01"]], name, "P", "2.5",
         "", "", "", "", "CHN", "UNICODE UTF-8"),
        ("PID", "1", "", [[mrn, "", "", "JQ", "MR"]], "", "测量者", "", "19800506", "F"),
        ("PV1", "1", "I", [["心内科病区", "301", "12"]], *[""] * 15, f"V{n % PATIENTS}"),
        ("OBR", "1", "", name, [["CHEM", "生化全套", "L"]], *[""] * 17, READY, "", "", "F"),
    ]  # fmt: skip
    for index in range(RESULTS):
        value, flag = ("2.5", "LL") if critical and not index else (f"{4 + index / 100}", "N")
        code = [[f"K{index}" if index else "K", "钾", "L", "2823-3", "Potassium", "LN"]]
        rows.append(
            ("OBX", str(index + 1), "NM", code, "", value, "mmol/L", "3.5-5.3", flag, "", "", "F")
        )
    return wrap(encode(rows).encode())


def drive(port: int, frames: list[bytes]) -> Sent:
    """In a process of its own. Raises AssertionError when an answer is not AA."""
    return asyncio.run(_drive(port, frames))


async def _drive(port: int, frames: list[bytes]) -> Sent:
    shares = [frames[n::CONNECTIONS] for n in range(CONNECTIONS)]
    lines = [await asyncio.open_connection(HOST, port) for _ in shares]
    began = time.perf_counter()
    waits = await asyncio.gather(*map(_talk, lines, shares))
    seconds = time.perf_counter() - began
    times = sorted(wait for some in waits for wait in some)
    return Sent(seconds, *(round(times[int(len(times) * p)] * 1000, 2) for p in (0.5, 0.99)))


async def _talk(
    line: tuple[asyncio.StreamReader, asyncio.StreamWriter], frames: list[bytes]
) -> list[float]:
    (reader, writer), framer, waits = line, Framer(), []
    for frame in frames:
        sent = time.perf_counter()
        writer.write(frame)
        while not (answers := framer.feed(await reader.read(4096))):
            assert not reader.at_eof(), "the gateway hung up"
        waits.append(time.perf_counter() - sent)
        assert b"\rMSA|AA|" in answers[0].body, answers[0].body
    writer.close()
    return waits


def filed(tables: "Database[dict]", count: int) -> float:
    """Seconds until ``count`` messages are handled and as many reports filed.

    Raises:
        AssertionError: not so after PATIENCE_SECONDS.
    """
    (inbox,) = (name for name in tables.list_collection_names() if name.startswith("hl7_inbox_"))
    began = time.perf_counter()
    while (done := tables[inbox].count_documents({"state": "DONE"})) < count:
        waited = time.perf_counter() - began
        assert waited < PATIENCE_SECONDS, f"{done} of {count} handled after {waited:.0f} s"
        time.sleep(0.05)
    assert tables["reports"].count_documents({}) == count
    return round(time.perf_counter() - began, 2)


def run(quick: bool) -> Iterator[Figure]:
    count, seconds, rounds = (2000, 1.0, 3) if quick else (6000, 4.0, 5)
    with Stage() as stage, ProcessPoolExecutor(1, mp_context=get_context("spawn")) as load:
        port = pick_free()
        stage.gateway(port)
        tables = stage.tables()
        made, loads, waits = [], [], []
        for n in range(rounds + 1):
            frames = [message(k, k % CRITICAL_EVERY == 0) for k in range(count)]
            before = stage.hello(seconds)
            sent = load.submit(drive, port, frames).result()
            wait = filed(tables, count * (n + 1))
            after = stage.hello(seconds)
            if n:  # the first round warms up
                made.append(Round(count / sent.seconds, (before + after) / 2))
                loads.append(sent)
                waits.append(wait)
        yield compared(
            "oru",
            "messages/s",
            made,
            {
                "connections": CONNECTIONS,
                "results": RESULTS,
                "bytes": len(frames[0]),
                "p50_ms": median(one.p50_ms for one in loads),
                "p99_ms": median(one.p99_ms for one in loads),
                "filed_after_s": max(waits),
            },
        )
