"""``contention``: 2,000 clients for the 500 places of one slot, over HTTP.

With one web process, with two, and with one of two killed (kill -9) in the middle, after which
everybody asks again with the same key. What was sold is read from MongoDB: exactly 500, no place
twice, nothing lost that a client was told.
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import time as wall_time

import msgspec

from bench import book, world
from bench.figures import Figure, Round, compared, median
from bench.load import LOST, Outcome, Plan
from bench.stage import Stage
from booking.schedules import service as schedules
from booking.schedules import store as slots_store
from wx_backend.base import ids
from wx_backend.base.context import House
from wx_backend.directory.departments import service as departments
from wx_backend.entrypoints.demo.world import HOSPITAL

CLIENTS, PLACES = 2000, 500
REFERENCE_SECONDS = 2.0


def judge(status: int, head: bytes, body: bytes) -> str:
    if status == 201 and b'"state":"HELD"' in body:
        return "booked"
    if status == 409 and b'"code":"slot_full"' in body and b'"nearest":[{' in body:
        return "full"
    return f"{status} {body[:80].decode(errors='replace')}"


class _Id(msgspec.Struct):
    id: str


def run(quick: bool) -> Iterator[Figure]:
    rounds = 3 if quick else 7
    with Stage() as stage:
        _, contended = stage.within(build)
        slots = iter(contended)
        for processes in (1, 2):
            stage.web(processes)
            yield measure(stage, slots, processes, rounds)
        yield survive(stage, slots, 2 if quick else 5)


async def build(house: House) -> tuple[world.World, list[str]]:
    """The world, and in a department of their own slots of one doctor with 500 places each."""
    place = await world.build(house)
    ctx = house.ctx(HOSPITAL.id)
    unit = world.department(world.DEPARTMENTS)
    doctor = msgspec.structs.replace(world.doctor(unit, 0), name="号源紧张")
    colleague = world.doctor(unit, 1)
    await departments.register(ctx, [unit], [doctor, colleague])
    made = [
        msgspec.structs.replace(
            world.clinic(unit, one, day, "AM", world.FEE_FEN, places),
            begins=wall_time(11, 0),
            ends=wall_time(13, 0),
        )
        for day in world.dates(ctx.today())
        for one, places in ((doctor, PLACES), (colleague, world.CAPACITY))
    ]
    await schedules.publish(ctx, made)
    found = await ctx.db(slots_store.SLOTS).find({"doctor_id": doctor.id}, only=["_id"])
    return place, [slot["_id"] for slot in found]


def rush(stage: Stage, slot: str) -> Plan:
    """Everybody at once, each over a connection of their own."""
    clients = stage.within(lambda house: world.clients(house, CLIENTS))
    return Plan(
        port=stage.port,
        requests=[book.hold(one, slot, ids.new("key")) for one in clients],
        judge=judge,
        expected=frozenset({"booked", "full"}),
        connections=CLIENTS,
        keep=frozenset({"booked"}),
    )


def measure(
    stage: Stage, slots: Iterator[str], processes: int, rounds: int, identity: str = "_id"
) -> Figure:
    """``identity`` is the stored field that holds an appointment's id."""
    made: list[Round] = []
    p99: list[float] = []
    for _ in range(rounds):
        slot = next(slots)
        one, (outcome,) = stage.compare(REFERENCE_SECONDS, rush(stage, slot))
        assert outcome.labels == {"booked": PLACES, "full": CLIENTS - PLACES}, outcome.labels
        check_sold(stage, slot, told(outcome), identity)
        made.append(one)
        p99.append(outcome.p99_ms)
    detail = {"web_processes": processes, "booked": PLACES, "p99_ms": median(p99)}
    return compared(f"contention_{processes}", "attempts/s", made, detail)


def survive(stage: Stage, slots: Iterator[str], rounds: int, identity: str = "_id") -> Figure:
    """Two web processes, one killed in the middle; then everybody asks again."""
    lost = sold = 0
    for _ in range(rounds):
        slot = next(slots)
        stage.web(2)
        plan = rush(stage, slot)
        under_way = stage.load.start(msgspec.structs.replace(plan, expected=plan.expected | {LOST}))
        first = _kill_in_the_middle(stage, slot, under_way)
        assert not first.errors, first.labels
        stage.web(2)
        (again,) = stage.load.run(plan)
        assert again.labels == {"booked": PLACES, "full": CLIENTS - PLACES}, again.labels
        assert told(first) <= told(again), "somebody was told twice differently"
        check_sold(stage, slot, told(again), identity)
        lost += first.labels.get(LOST, 0)
        sold += PLACES
    return Figure(
        name="contention_kill",
        value=sold,
        unit="places sold once",
        detail={"rounds": rounds, "clients": CLIENTS * rounds, "lost_answers": lost},
    )


def _kill_in_the_middle(stage: Stage, slot: str, under_way: "Future[list[Outcome]]") -> Outcome:
    """Once a fourth of the places is sold, so that claims are in flight."""
    held, sold = stage.tables()["appointments"], {"slot": slot, "active": True}
    while held.count_documents(sold) < PLACES // 4 and not under_way.done():
        time.sleep(0.002)
    stage.webs[0].kill()
    (outcome,) = under_way.result()
    return outcome


def told(outcome: Outcome) -> set[str]:
    """The appointments that clients hold an answer about."""
    return {msgspec.json.decode(body, type=_Id).id for body in outcome.kept}


def check_sold(stage: Stage, slot: str, answered: set[str], identity: str) -> None:
    """Exactly the places of the slot, each once, each known to its patient.

    Raises:
        AssertionError: anything else.
    """
    sold = list(stage.tables()["appointments"].find({"slot": slot, "active": True}))
    assert sorted(one["number"] for one in sold) == list(range(1, PLACES + 1))
    assert {one[identity] for one in sold} == answered
    assert len({one["patient_id"] for one in sold}) == PLACES
