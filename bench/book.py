"""``book``: 64 clients hold numbers of distinct slots; one web process, a worker running, and its
backlog empty 10 s later. A hold tells nobody anything; so the same is measured (``fee_0``) where
nothing is to be paid: the number is booked at once, an event told and a message sent.
"""

from collections.abc import Iterator

import msgspec

from bench import backlog, world
from bench.figures import Figure, compared, median
from bench.load import Plan, request
from bench.stage import Stage
from bench.world import Client, World
from wx_backend.base import ids

PATIENCE_SECONDS = 10
MESSAGES_A_SECOND = 100
"""What a worker sends at the very least: patience with a backlog of messages."""
WAITING_MOST = 200
"""Bookings under way at once while they arrive at a steady rate."""


def judge(status: int, head: bytes, body: bytes) -> str:
    if status == 201 and (b'"state":"HELD"' in body or b'"state":"BOOKED"' in body):
        return "claimed"
    return f"{status} {body[:60].decode(errors='replace')}"


def hold(client: Client, slot: str, key: str) -> bytes:
    return request(
        "POST",
        "/api/v1/appointments",
        {"Authorization": f"Bearer {client.token}", "Idempotency-Key": key},
        b'{"slot":"%s","patient":"%s"}' % (slot.encode(), client.patient.encode()),
    )


def holds(stage: Stage, place: World, count: int) -> list[bytes]:
    """Requests of ``count`` new patients for slots that no request before asked for."""
    clients = stage.within(lambda house: world.clients(house, count))
    slots = place.slots(count)
    return [hold(one, slot, ids.new("key")) for one, slot in zip(clients, slots, strict=True)]


def arriving(stage: Stage, place: World, seconds: float, rate: float) -> Plan:
    """Bookings at a steady rate, whoever else is served."""
    return Plan(
        port=stage.port,
        requests=holds(stage, place, int(seconds * rate) + 1),
        judge=judge,
        expected=frozenset({"claimed"}),
        connections=WAITING_MOST,
        seconds=seconds,
        rate=rate,
    )


def run(quick: bool) -> Iterator[Figure]:
    held, booked = _anew(quick, world.FEE_FEN), _anew(quick, 0)
    free = {"value": booked.value, "ratio": booked.ratio, **booked.detail}
    yield msgspec.structs.replace(held, detail={**held.detail, "fee_0": free})


def _anew(quick: bool, fee_fen: int) -> Figure:
    """On a stage of its own."""
    count, seconds, rounds = (2000, 2.0, 3) if quick else (6000, 5.0, 5)
    with Stage() as stage:
        place = stage.within(lambda house: world.build(house, fee_fen))
        stage.web()
        stage.worker()
        return measure(stage, place, count, seconds, rounds, fee_fen)


def measure(
    stage: Stage,
    place: World,
    count: int,
    seconds: float,
    rounds: int,
    fee_fen: int = world.FEE_FEN,
) -> Figure:
    """On a stage whose web and worker processes run already.

    Raises:
        AssertionError: an answer was wrong, or the backlog of holds is not empty in time; that of
            messages is waited for, since a worker has a pace of its own.
    """
    made, outcomes, waits = [], [], []
    for _ in range(rounds):
        plan = Plan(
            port=stage.port,
            requests=holds(stage, place, count),
            judge=judge,
            expected=frozenset({"claimed"}),
        )
        one, (outcome,) = stage.compare(seconds, plan)
        patience = PATIENCE_SECONDS if fee_fen else PATIENCE_SECONDS + count / MESSAGES_A_SECOND
        waits.append(backlog.drained(stage.tables(), patience))
        made.append(one)
        outcomes.append(outcome)
    return compared(
        "book",
        "bookings/s",
        made,
        {
            "clients": plan.connections,
            "bookings": count,
            "p50_ms": median(outcome.p50_ms for outcome in outcomes),
            "p99_ms": median(outcome.p99_ms for outcome in outcomes),
            "backlog_empty_after_s": max(waits),
        },
    )
