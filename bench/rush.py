"""``rush``: what everybody else notices while 2,000 people want the 500 places of one slot.

Others read days and book distinct slots at a steady rate all the time; first alone, then while the
rush comes within a few seconds, from a load generator of its own. All connections stand when it
begins, as those of a proxy do. Reference: their p99 when idle, rounds of both in turn; all rounds
are taken together, since the p99 of one round's bookings is but the second worst of 120.
"""

from collections.abc import Iterator

import msgspec

from bench import book, contention, slots_read
from bench.figures import Figure
from bench.load import Load, Outcome, Plan, p99
from bench.stage import Stage
from bench.world import World

READS_A_SECOND = 100
BOOKINGS_A_SECOND = 20
SECONDS = 6.0
WITHIN_SECONDS = 5
"""The rush: so fast have all of them asked."""
STANDS_SECONDS = 1.0


def run(quick: bool) -> Iterator[Figure]:
    rounds = 2 if quick else 7
    with Stage() as stage, Load() as crowd:
        place, contended = stage.within(contention.build)
        slots = iter(contended)
        stage.web()
        stage.worker()
        alone: dict[str, list[Outcome]] = {"read": [], "book": []}
        beside: dict[str, list[Outcome]] = {"read": [], "book": []}
        _others(stage, place)  # connections and caches are warm afterwards
        for _ in range(rounds):
            _note(alone, _others(stage, place))
            under_way = crowd.start(_rush(stage, next(slots)))
            _note(beside, _others(stage, place))
            (outcome,) = under_way.result()
            assert outcome.labels == {
                "booked": contention.PLACES,
                "full": contention.CLIENTS - contention.PLACES,
            }, outcome.labels
        for name in alone:
            yield _figure(name, beside[name], alone[name])


def _note(made: dict[str, list[Outcome]], outcomes: list[Outcome]) -> None:
    for rows, outcome in zip(made.values(), outcomes, strict=True):
        assert not outcome.errors, outcome.labels
        rows.append(outcome)


def _figure(name: str, beside: list[Outcome], alone: list[Outcome]) -> Figure:
    worst, usual = p99(beside), p99(alone)
    pairs = zip(beside, alone, strict=True)
    return Figure(
        name=f"rush {name} p99",
        value=worst,
        unit="ms",
        reference=usual,
        ratio=round(worst / usual, 3),
        detail={
            "within_s": WITHIN_SECONDS,
            "clients": contention.CLIENTS,
            "answers": sum(outcome.answers for outcome in beside),
            "ratios": [round(one.p99_ms / other.p99_ms, 3) for one, other in pairs],
        },
    )


def _others(stage: Stage, place: World) -> list[Outcome]:
    """Who reads and who books."""
    reading = msgspec.structs.replace(
        slots_read.plan(stage.port, place.days, SECONDS), rate=READS_A_SECOND, stands=STANDS_SECONDS
    )
    booking = msgspec.structs.replace(
        book.arriving(stage, place, SECONDS, BOOKINGS_A_SECOND), stands=STANDS_SECONDS
    )
    return stage.load.run(reading, booking)


def _rush(stage: Stage, slot: str) -> Plan:
    pace = contention.CLIENTS / WITHIN_SECONDS
    everybody = contention.rush(stage, slot)
    return msgspec.structs.replace(everybody, rate=pace, connections=500, stands=STANDS_SECONDS)
