"""``growth``: reading, booking, contention and one's own list with 10 thousand, 1 million and 5
million appointments stored, on one stage that grows; each beside the smallest of the same run.

``slower`` in the detail is how much less of the reference is left than with the fewest: 1.0 is no
difference. ``scans`` counts queries on appointments that used no index, by MongoDB's own profiler.
"""

import shutil
import time
from collections.abc import Iterator

import msgspec
import psutil

from bench import book, contention, history, my_appointments, slots_read, world
from bench.figures import Figure
from bench.stage import BASE, Stage
from bench.world import Client, World
from booking.appointments.store import APPOINTMENTS

SIZES = (10_000, 1_000_000, 5_000_000)
QUICK = (10_000, 200_000)
DISK_GB = 12
"""What five million and their indexes may take, with the journal and room to spare."""

SECONDS, ROUNDS, BOOKINGS = 1.5, 3, 1000
CONTENTIONS = 2


def run(quick: bool) -> Iterator[Figure]:
    BASE.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(BASE).free / 2**30
    assert free >= DISK_GB, f"{free:.0f} GB are free, {DISK_GB} are needed"
    with Stage(cache_gb=_cache_gb()) as stage:
        place, contended = stage.within(contention.build)
        readers = stage.within(lambda house: world.clients(house, my_appointments.READERS))
        fewest: dict[str, float] = {}
        slots, stored = iter(contended), 0
        for size in QUICK if quick else SIZES:
            began = time.monotonic()
            stage.close()
            history.fill(stage, readers, stored, size)
            stored, filled = size, round(time.monotonic() - began)
            stage.web()
            stage.worker()
            _watch(stage)
            for one in _figures(stage, place, slots, readers):
                assert one.ratio
                first = fewest.setdefault(one.name, one.ratio)
                detail = {"stored": size, "slower": round(first / one.ratio, 2), **one.detail}
                yield msgspec.structs.replace(one, name=f"growth {one.name}", detail=detail)
            yield _scans(stage, size, filled)


def _cache_gb() -> float:
    """What mongod takes when nobody tells it: half of what is above one gigabyte."""
    return max(0.25, round((psutil.virtual_memory().total / 2**30 - 1) / 2, 2))


def _figures(
    stage: Stage, place: World, slots: Iterator[str], readers: list[Client]
) -> Iterator[Figure]:
    yield slots_read.measure(stage, place, SECONDS, ROUNDS)
    yield my_appointments.measure(stage, readers, SECONDS, ROUNDS)
    yield book.measure(stage, place, BOOKINGS, SECONDS, ROUNDS)
    yield contention.measure(stage, slots, 1, CONTENTIONS)


def _watch(stage: Stage) -> None:
    """From here on mongod writes down whatever it had to read a whole collection for."""
    scans = {"ns": f"{stage.settings.mongo_db}.{APPOINTMENTS.name}", "planSummary": "COLLSCAN"}
    stage.tables().command("profile", 1, filter=scans)


def _scans(stage: Stage, size: int, filled: int) -> Figure:
    """How many there were, which should be none; how long it took to get here, and the size."""
    tables = stage.tables()
    tables.command("profile", 0)
    found = tables["system.profile"].count_documents({})
    stats = tables.command("collStats", APPOINTMENTS.name)
    detail = {
        "stored": size,
        "filled_seconds": filled,
        "data_mb": round(stats["size"] / 2**20),
        "disk_mb": round(stats["storageSize"] / 2**20),
        "index_mb": round(stats["totalIndexSize"] / 2**20),
    }
    return Figure(name="growth scans", value=found, unit="queries without index", detail=detail)
