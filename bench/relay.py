"""``relay``: events a second that one process carries from the outbox to a reaction.

On an embedded mongod, majority + journal. The reference is the same work in batches of one.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

from notify.relay import store
from notify.relay.service import Relay
from tests.helpers.houses import bare_house
from wx_backend.base.db import Collection
from wx_backend.base.events import EventType, happened
from wx_backend.entrypoints.embedded.mongod import Mongod

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


async def main(events: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        mongod = Mongod(Path(home))
        mongod.start()
        try:
            batched = await relay(mongod.uri, events)
            store.BATCH = 1
            single = await relay(mongod.uri, max(events // 20, 50))
        finally:
            mongod.stop()
    line = {
        "name": "relay",
        "value": round(batched),
        "unit": "events/s",
        "reference": round(single),
        "ratio": round(batched / single, 1),
        "detail": f"{events} events, audit record and one reaction each; reference: one a batch",
    }
    print(json.dumps(line))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=4000)
    asyncio.run(main(parser.parse_args().events))
