"""``drivers``: Motor against PyMongo's own asyncio client, on the calls that booking makes.

64 callers in one event loop: read one document by id, insert one, and insert in coalesced batches,
majority + journal. Both run in this process, in turns. CPU is of the whole process, threads
included. Reference: Motor. See docs/adr/0003-motor.md.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient, WriteConcern

from bench.figures import Figure, median
from bench.stage import mongod
from wx_backend.base import ids

CALLERS = 64
BATCH = 32
Call = Callable[[Any, int], Awaitable[Any]]


def _doc() -> dict[str, Any]:
    """About what an appointment weighs."""
    return {"_id": ids.new("apt"), **{f"field{n}": f"value of field {n}" for n in range(28)}}


async def _read(table: Any, n: int) -> None:
    await table.find_one({"_id": f"known{n % 1000}"})


async def _insert(table: Any, n: int) -> None:
    await table.insert_one(_doc())


async def _batch(table: Any, n: int) -> None:
    await table.insert_many([_doc() for _ in range(BATCH)], ordered=False)


CASES: dict[str, tuple[Call, int, int]] = {
    "read": (_read, CALLERS, 1),
    "insert": (_insert, CALLERS, 1),
    "coalesced insert": (_batch, 2, BATCH),
}
"""Call, how many callers, documents a call: a Batcher has two lanes."""


async def _pass(
    make: Callable[[], Any], call: Call, callers: int, count: int
) -> tuple[float, float]:
    """(calls a second, CPU microseconds a call) of a driver."""
    client = make()
    table = client["bench"].get_collection(
        "things", write_concern=WriteConcern(w="majority", j=True)
    )
    await table.find_one({})
    numbers = iter(range(count))

    async def caller() -> None:
        for n in numbers:
            await call(table, n)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(callers)))
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    closing = client.close()
    if closing is not None:
        await closing
    return count / seconds, used / count * 1e6


async def _prepare(uri: str) -> None:
    async with AsyncMongoClient(uri) as client:
        known = [{**_doc(), "_id": f"known{n}"} for n in range(1000)]
        await client["bench"]["things"].insert_many(known)


def run(quick: bool) -> Iterator[Figure]:
    count, rounds = (1500, 3) if quick else (6000, 5)
    with mongod() as uri:
        asyncio.run(_prepare(uri))
        drivers = (
            lambda: AsyncIOMotorClient(uri, maxPoolSize=CALLERS),
            lambda: AsyncMongoClient(uri, maxPoolSize=CALLERS),
        )
        for name, (call, callers, docs) in CASES.items():
            passes: tuple[list, list] = ([], [])
            for _ in range(rounds):
                for made, make in zip(passes, drivers, strict=True):
                    made.append(asyncio.run(_pass(make, call, callers, count // docs)))
            motor, own = ([median(column) for column in zip(*made, strict=True)] for made in passes)
            yield Figure(
                name=f"drivers {name}",
                value=round(own[0] * docs),
                unit="documents/s",
                reference=round(motor[0] * docs),
                ratio=round(own[0] / motor[0], 2),
                detail={
                    "pymongo_async_cpu_us": round(own[1] / docs, 1),
                    "motor_cpu_us": round(motor[1] / docs, 1),
                },
            )
