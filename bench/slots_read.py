"""``slots_read``: a department's day of 6 doctors × 24 slots, gzip, spread evenly over 280
department-days while 50 bookings a second arrive; one web process.
"""

import itertools
import zlib
from collections.abc import Iterator

import msgspec

from bench import book, world
from bench.figures import Figure, compared, median
from bench.load import Plan, request
from bench.stage import Stage
from bench.world import World

ADDRESSES = 8
"""Each department-day is asked for by so many different visitors (the rate limit is by address)."""

BOOKINGS_A_SECOND = 50
EXAMINED = 32
"""Of so many answers one is read to its last slot; all are looked at for status and size."""


class DayJudge:
    """Labels an answer ``day`` when it is a whole department-day."""

    def __init__(self) -> None:
        self._seen = 0

    def __call__(self, status: int, head: bytes, body: bytes) -> str:
        if status != 200 or b"Content-Encoding: gzip" not in head or len(body) < 1000:
            return f"{status}: {len(body)} bytes"
        self._seen += 1
        if self._seen % EXAMINED == 0:
            day = msgspec.json.decode(zlib.decompress(body, wbits=31))
            if [len(one["slots"]) for one in day["doctors"]] != [world.SLOTS] * world.DOCTORS:
                return "not a whole day"
        return "day"


def read_requests(dates: list[str]) -> list[bytes]:
    """One request for each department-day and visitor."""
    addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in itertools.count(1))
    return [
        request(
            "GET",
            f"/api/v1/departments/{world.department_id(n)}/slots?date={day}",
            {"Accept-Encoding": "gzip", "X-Real-IP": next(addresses)},
        )
        for _ in range(ADDRESSES)
        for day in dates
        for n in range(world.DEPARTMENTS)
    ]


def plan(port: int, dates: list[str], seconds: float) -> Plan:
    return Plan(
        port=port,
        requests=read_requests(dates),
        judge=DayJudge(),
        expected=frozenset({"day"}),
        seconds=seconds,
    )


def run(quick: bool) -> Iterator[Figure]:
    seconds, rounds = (3.0, 3) if quick else (8.0, 5)
    with Stage() as stage:
        place = stage.within(world.build)
        stage.web()
        yield measure(stage, place, seconds, rounds)


def measure(stage: Stage, place: World, seconds: float, rounds: int) -> Figure:
    """On a stage whose web process runs already."""
    made, outcomes = [], []
    for _ in range(rounds):
        booking = book.arriving(stage, place, seconds, BOOKINGS_A_SECOND)
        reading = plan(stage.port, place.days, seconds)
        one, (read, booked) = stage.compare(seconds, reading, booking)
        made.append(one)
        outcomes.append((read, booked))
    return compared(
        "slots_read",
        "answers/s",
        made,
        {
            "p50_ms": median(read.p50_ms for read, _ in outcomes),
            "p99_ms": median(read.p99_ms for read, _ in outcomes),
            "bookings": sum(booked.answers for _, booked in outcomes),
            "department_days": world.DEPARTMENTS * world.DAYS,
        },
    )
