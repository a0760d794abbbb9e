"""Documents that tell events, and an ear that hears them."""

from datetime import timedelta

from notify.relay import store
from notify.relay.service import Relay
from wx_backend.base.audit import RECORDS
from wx_backend.base.collection import Collection
from wx_backend.base.events import EventType, happened

THINGS = Collection("things", retention="test", outbox=True, critical=True)
MADE = EventType("thing.made", 1, example={})
LOUD = EventType("thing.burnt", 1, example={}, critical=True)
QUIET = EventType("thing.seen", 1, example={})
LATER = EventType("thing.invented", 1, example={})


class Ear:
    """A reaction that fails as told and notes what it heard."""

    __module__ = "tests.ear.reactions"
    __name__ = "hear"

    def __init__(self, *failures: Exception):
        self.failures = list(failures)
        self.heard: list = []

    async def __call__(self, ctx, event):
        if self.failures:
            raise self.failures.pop(0)
        self.heard.append((ctx, event))


def relay_of(ear, *kinds) -> Relay:
    told = kinds or (MADE, LOUD, QUIET)
    return Relay([THINGS], told, {kind.name: [ear] for kind in told if kind is not QUIET})


async def tell(house, kind=MADE, n=1, inst="ins1", **data) -> None:
    ctx = house.ctx(inst)
    names = [f"{kind.name.removeprefix('thing.')}{i}" for i in range(n)]
    docs = [{"_id": name, "outbox": [happened(ctx, kind, name, 1, **data)]} for name in names]
    await ctx.db(THINGS).insert_many(docs)


async def deliveries(ctx) -> list[dict]:
    return await ctx.db(store.DELIVERIES).find()


async def audit_records(ctx) -> list[dict]:
    return await ctx.db(RECORDS).month(ctx.wire_now()).find()


async def outboxes(ctx) -> list[dict]:
    return await ctx.db(THINGS).outboxes(1000)


def later(house, **duration):
    house.business.offset += timedelta(**duration)
