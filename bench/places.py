"""``places``: the rejected claim of docs/adr/0001, measured beside the one in use.

One document a place is made in advance, and a booking turns it into the appointment by one
conditional update. ``python -m bench.places`` serves the product with this claim in the place of
the insert; everything else (view, limits, idempotency, HTTP) is the same code.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from bench import book, contention, world
from bench.figures import Figure
from bench.stage import CLI, Stage
from booking.appointments import store
from booking.appointments.model import Appointment
from booking.schedules.store import SLOTS
from wx_backend.base import settings
from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx, House
from wx_backend.entrypoints import app
from wx_backend.entrypoints.demo.world import HOSPITAL

CLAIMS = {"insert": ((CLI, "serve"), "_id"), "place": (("bench.places",), "claimed")}
"""The web process's command by claim, and the field an appointment's id is in."""

PLACES = Collection(
    "appointments",
    retention="bench",
    outbox=True,
    indexes=(
        *store.APPOINTMENTS.indexes,
        Index("claimed", (("claimed", 1),), unique=True, sparse=True),
    ),
)


async def make(house: House) -> None:
    """One document for each place of every slot."""
    await house.db.ensure([PLACES])
    ctx = house.ctx(HOSPITAL.id)
    found = await ctx.db(SLOTS).find(only=["_id", "capacity"])
    await ctx.db(PLACES).insert_many(
        [
            {"_id": f"{slot['_id']}:{n + 1}", "slot": slot["_id"], "number": n + 1}
            for slot in found
            for n in range(slot["capacity"])
        ]
    )


async def claim(ctx: Ctx, appointment: Appointment, limits: list[str], told: list[dict]) -> None:
    """As ``store.claim``, by one conditional update."""
    fields = msgspec.to_builtins(appointment, builtin_types=(datetime,))
    fields["claimed"] = fields.pop("_id")
    state = {"active": True, "limits": limits, "due_at": appointment.expires_at}
    try:
        taken = await ctx.db(PLACES).change(
            {"_id": f"{appointment.slot}:{appointment.number}", "active": {"$exists": False}},
            {"$set": {**fields, **state, "changed_at": ctx.wire_now()}},
        )
    except Duplicate as duplicate:
        raise Duplicate(
            "_id" if duplicate.field == "claimed" else duplicate.field, duplicate.value
        ) from None
    if taken is None:
        raise Duplicate(store.PLACE, (appointment.slot, appointment.number))


async def get(ctx: Ctx, appointment_id: str) -> Appointment | None:
    doc = await ctx.db(PLACES).find_one({"claimed": appointment_id})
    return store.appointment_of({**doc, "_id": appointment_id}) if doc else None


def run(quick: bool) -> Iterator[Figure]:
    for name, (command, identity) in CLAIMS.items():
        with Stage(serve=command) as stage:
            place, contended = stage.within(contention.build)
            if name == "place":
                stage.within(make)
            for figure in _figures(stage, place, contended, identity, quick):
                yield msgspec.structs.replace(figure, name=f"{name}: {figure.name}")


def _figures(
    stage: Stage, place: world.World, contended: list[str], identity: str, quick: bool
) -> Iterator[Figure]:
    count, seconds, rounds = (1500, 1.0, 2) if quick else (4000, 3.0, 5)
    slots = iter(contended)
    stage.web()
    stage.worker()
    yield book.measure(stage, place, count, seconds, rounds)
    for processes in (1, 2):
        stage.web(processes)
        yield contention.measure(stage, slots, processes, rounds, identity)
    yield contention.survive(stage, slots, 2 if quick else 4, identity)


def main() -> None:
    """Serves the product with the other claim."""
    store.claim, store.get = claim, get
    app.serve(settings.load())


if __name__ == "__main__":
    main()
