"""``slots_read``: a department's day of 6 doctors × 24 slots, gzip, spread evenly over 280
department-days while 50 bookings a second arrive; one web process.
"""

import zlib
from collections.abc import Iterator

import msgspec

from bench import book, world
from bench.figures import Figure, compared, median
from bench.load import Plan, request
from bench.stage import Stage
from bench.world import World

VISITORS = 160
"""Nobody may ask more than 50 times a second: the rate limit stays as it is."""

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


def plan(port: int, days: list[str], seconds: float) -> Plan:
    """Each department-day in turn, asked for by ``VISITORS``."""
    return Plan(
        port=port,
        requests=[
            request(
                "GET",
                f"/api/v1/departments/{world.department_id(n)}/slots?date={day}",
                {"Accept-Encoding": "gzip"},
            )
            for day in days
            for n in range(world.DEPARTMENTS)
        ],
        judge=DayJudge(),
        expected=frozenset({"day"}),
        connections=VISITORS,
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
