"""``relay``: events a second that one process carries from the outbox to a reaction.

On an embedded mongod, majority + journal. The reference is the same work in batches of one.
"""

import asyncio
import time
from collections.abc import Iterator

from bench.figures import Figure
from bench.stage import mongod
from notify.relay import store
from notify.relay.service import Relay
from tests.helpers.houses import bare_house
from wx_backend.base.collection import Collection
from wx_backend.base.events import EventType, happened

THINGS = Collection("things", retention="bench", outbox=True)
MADE = EventType("thing.made", 1, example={})


async def react(ctx, event) -> None:
    """A reaction that costs nothing, so that the relay itself is measured."""


async def relay(uri: str, events: int) -> float:
    """Events a second from outbox to DONE."""
    async with bare_house(uri, [THINGS, store.DELIVERIES]) as house:
        ctx, one = house.ctx("ins1"), house.ctx(None)
        for start in range(0, events, 1000):
            names = [f"thg{n}" for n in range(start, min(start + 1000, events))]
            docs = [{"_id": name, "outbox": [happened(ctx, MADE, name, 1)]} for name in names]
            await ctx.db(THINGS).insert_many(docs)
        carrier = Relay([THINGS], [MADE], {"thing.made": [react]})
        began = time.perf_counter()
        while await carrier.collect(one) + await carrier.deliver(one):
            pass
        return events / (time.perf_counter() - began)


def run(quick: bool) -> Iterator[Figure]:
    events, batch = 1000 if quick else 4000, store.BATCH
    with mongod() as uri:
        batched = asyncio.run(relay(uri, events))
        store.BATCH = 1
        try:
            single = asyncio.run(relay(uri, max(events // 20, 50)))
        finally:
            store.BATCH = batch
    yield Figure(
        name="relay",
        value=round(batched),
        unit="events/s",
        reference=round(single),
        ratio=round(batched / single, 1),
        detail={"events": events, "each": "audit record and one reaction", "reference": "batch 1"},
    )
