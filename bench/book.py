"""``book``: 64 clients hold numbers of distinct slots; one web process, a worker running, and its
backlog empty 10 s later.
"""

from collections.abc import Iterator

from bench import backlog, world
from bench.figures import Figure, compared, median
from bench.load import Plan, request
from bench.stage import Stage
from bench.world import Client, World
from wx_backend.base import ids

PATIENCE_SECONDS = 10
WAITING_MOST = 200
"""Bookings under way at once while they arrive at a steady rate."""


def judge(status: int, head: bytes, body: bytes) -> str:
    if status == 201 and b'"state":"HELD"' in body:
        return "held"
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
    clients = stage.within(lambda house: world.clients(house, count, ids.new("b")))
    slots = place.slots(count)
    return [hold(one, slot, ids.new("key")) for one, slot in zip(clients, slots, strict=True)]


def arriving(stage: Stage, place: World, seconds: float, rate: float) -> Plan:
    """Bookings at a steady rate, whoever else is served."""
    return Plan(
        port=stage.port,
        requests=holds(stage, place, int(seconds * rate) + 1),
        judge=judge,
        expected=frozenset({"held"}),
        connections=WAITING_MOST,
        seconds=seconds,
        rate=rate,
    )


def run(quick: bool) -> Iterator[Figure]:
    count, seconds, rounds = (2000, 2.0, 3) if quick else (6000, 5.0, 5)
    with Stage() as stage:
        place = stage.within(world.build)
        stage.web()
        stage.worker()
        yield measure(stage, place, count, seconds, rounds)


def measure(stage: Stage, place: World, count: int, seconds: float, rounds: int) -> Figure:
    """On a stage whose web and worker processes run already."""
    made, outcomes, waits = [], [], []
    for _ in range(rounds):
        plan = Plan(
            port=stage.port,
            requests=holds(stage, place, count),
            judge=judge,
            expected=frozenset({"held"}),
        )
        one, (outcome,) = stage.compare(seconds, plan)
        waits.append(backlog.drained(stage.tables(), PATIENCE_SECONDS))
        made.append(one)
        outcomes.append(outcome)
    return compared(
        "book",
        "bookings/s",
        made,
        {
            "clients": plan.connections,
            "p50_ms": median(outcome.p50_ms for outcome in outcomes),
            "p99_ms": median(outcome.p99_ms for outcome in outcomes),
            "backlog_empty_after_s": max(waits),
        },
    )
