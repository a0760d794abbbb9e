"""``my_appointments``: an account's own list, the latest visits first, as the app asks for it; one
web process. Every account has a page of visits behind it.
"""

from collections.abc import Iterator

import msgspec

from bench import history, world
from bench.figures import Figure, compared, median
from bench.load import Plan, request
from bench.stage import Stage
from bench.world import Client

READERS = 200
CONNECTIONS = 160
"""Nobody may ask more than 50 times a second: the rate limit stays as it is."""

FEW = 10_000


class _Page(msgspec.Struct):
    items: list[dict]


def judge(status: int, head: bytes, body: bytes) -> str:
    if status == 200 and len(msgspec.json.decode(body, type=_Page).items) == history.PER_ACCOUNT:
        return "page"
    return f"{status} {body[:60].decode(errors='replace')}"


def plan(port: int, readers: list[Client], seconds: float) -> Plan:
    """Each reader's own first page in turn."""
    return Plan(
        port=port,
        requests=[
            request("GET", "/api/v1/appointments", {"Authorization": f"Bearer {one.token}"})
            for one in readers
        ],
        judge=judge,
        expected=frozenset({"page"}),
        connections=CONNECTIONS,
        seconds=seconds,
    )


def run(quick: bool) -> Iterator[Figure]:
    seconds, rounds = (2.0, 3) if quick else (5.0, 5)
    with Stage() as stage:
        readers = stage.within(lambda house: world.clients(house, READERS))
        history.fill(stage, readers, 0, FEW)
        stage.web()
        yield measure(stage, readers, seconds, rounds)


def measure(stage: Stage, readers: list[Client], seconds: float, rounds: int) -> Figure:
    """On a stage whose web process runs already."""
    made, outcomes = [], []
    for _ in range(rounds):
        one, (outcome,) = stage.compare(seconds, plan(stage.port, readers, seconds))
        made.append(one)
        outcomes.append(outcome)
    detail = {
        "p50_ms": median(outcome.p50_ms for outcome in outcomes),
        "p99_ms": median(outcome.p99_ms for outcome in outcomes),
        "items": history.PER_ACCOUNT,
    }
    return compared("my_appointments", "answers/s", made, detail)
