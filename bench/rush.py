"""``rush``: what everybody else notices while 2,000 people want the 500 places of one slot.

Others read days and book distinct slots at a steady rate all the time; first alone, then while the
rush comes within a few seconds, from a load generator of its own, over connections that stand when
it begins, as those of the proxy in front do. Reference: their p99 when idle.
"""

import time
from collections.abc import Iterator

import msgspec

from bench import book, contention, slots_read
from bench.figures import Figure, Round, compared
from bench.load import Load, Outcome, Plan
from bench.stage import Stage
from bench.world import World

READS_A_SECOND = 100
BOOKINGS_A_SECOND = 20
SECONDS = 6.0
WITHIN_SECONDS = 5
"""The rush: so fast have all of them asked."""
STANDS_SECONDS = 1.5


def run(quick: bool) -> Iterator[Figure]:
    rounds = 2 if quick else 7
    with Stage() as stage, Load() as crowd:
        place, contended = stage.within(contention.build)
        slots = iter(contended)
        stage.web()
        stage.worker()
        made: dict[str, list[Round]] = {"read": [], "book": []}
        _others(stage, place)  # connections and caches are warm afterwards
        for _ in range(rounds):
            idle = _others(stage, place)
            rush = _rush(stage, next(slots))
            under_way = crowd.start(rush)
            time.sleep(STANDS_SECONDS)
            busy = _others(stage, place)
            (outcome,) = under_way.result()
            assert outcome.labels == {
                "booked": contention.PLACES,
                "full": contention.CLIENTS - contention.PLACES,
            }, outcome.labels
            for (name, rows), alone, beside in zip(made.items(), idle, busy, strict=True):
                assert not alone.errors | beside.errors, (name, alone.labels, beside.labels)
                rows.append(Round(beside.p99_ms, alone.p99_ms))
        for name, rows in made.items():
            detail = {"within_s": WITHIN_SECONDS, "clients": contention.CLIENTS}
            yield compared(f"rush {name} p99", "ms", rows, detail)


def _others(stage: Stage, place: World) -> list[Outcome]:
    """Who reads and who books."""
    reading = msgspec.structs.replace(
        slots_read.plan(stage.port, place.days, SECONDS), rate=READS_A_SECOND
    )
    booking = book.arriving(stage, place, SECONDS, BOOKINGS_A_SECOND)
    return stage.load.run(reading, booking)


def _rush(stage: Stage, slot: str) -> Plan:
    pace = contention.CLIENTS / WITHIN_SECONDS
    everybody = contention.rush(stage, slot)
    return msgspec.structs.replace(everybody, rate=pace, connections=500, stands=STANDS_SECONDS)
