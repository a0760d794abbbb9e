"""What the relay does when a reaction fails, hangs, dies or is not known."""

import asyncio
from datetime import timedelta

import pytest

from notify.relay import service, store
from notify.relay.model import DONE, DUE, PARKED, WAITS
from notify.relay.service import Relay
from tests.helpers.houses import bare_house
from tests.helpers.relay import (
    LATER,
    LOUD,
    MADE,
    THINGS,
    Ear,
    audit_records,
    deliveries,
    later,
    relay_of,
    tell,
)
from wx_backend.base.collection import Collection
from wx_backend.base.errors import Forbidden, NotFound, WrongState
from wx_backend.base.events import EventType
from wx_backend.base.outbox import CRITICAL
from wx_backend.base.sweeper import Sweep, crank
from wx_backend.identity.worklist import store as tasks


@pytest.fixture
async def house(mongo_uri):
    async with bare_house(mongo_uri, [THINGS, store.DELIVERIES]) as house:
        yield house


@pytest.fixture
def ctx(house):
    return house.ctx(None)


async def test_a_source_that_fails_does_not_hold_up_the_others(house, ctx, monkeypatch):
    broken = Collection("broken", retention="test", outbox=True)
    ear = Ear()
    relay = Relay([broken, THINGS], [MADE], {"thing.made": [ear]})
    await tell(house)
    read = type(ctx.db(THINGS)).outboxes

    async def outboxes_of(self, *args):
        if self.name == "broken":
            raise ConnectionError
        return await read(self, *args)

    monkeypatch.setattr("wx_backend.base.db.Scoped.outboxes", outboxes_of)
    with pytest.raises(ExceptionGroup):
        await relay.collect(ctx)
    assert await relay.deliver(ctx) == len(ear.heard) == 1


async def test_a_reaction_that_fails_once_is_tried_again_and_only_when_due(house, ctx):
    ear = Ear(RuntimeError("no"))
    relay = relay_of(ear)
    await tell(house)
    await relay.collect(ctx)
    await relay.deliver(ctx)
    [doc] = await deliveries(ctx)
    assert (doc["state"], doc["tries"], doc["reason"]) == (DUE, 1, "RuntimeError")
    assert "lease" not in doc
    assert await relay.deliver(ctx) == 0
    later(house, seconds=2)
    assert await relay.deliver(ctx) == 1
    assert len(ear.heard) == 1
    [doc] = await deliveries(ctx)
    assert doc["state"] == DONE
    assert "reason" not in doc


async def test_a_reaction_that_always_fails_is_parked_and_can_be_replayed(house, ctx):
    ear = Ear(*[RuntimeError()] * (len(WAITS) + 1))
    relay = relay_of(ear)
    await tell(house)
    await relay.collect(ctx)
    for _ in range(len(WAITS) + 1):
        assert await relay.deliver(ctx) == 1
        later(house, seconds=4500)
    assert await relay.deliver(ctx) == 0
    staff = house.ctx("ins1")
    [doc] = await service.parked(staff)
    assert (doc["state"], doc["reason"]) == (PARKED, "RuntimeError")
    assert doc["tries"] == len(WAITS) + 1

    await service.replay(staff, doc["_id"])
    assert await relay.deliver(ctx) == len(ear.heard) == 1
    assert await service.parked(staff) == []
    actions = [record["action"] for record in await audit_records(ctx)]
    assert sorted(actions) == ["event:thing:made", "relay:delivery:replay"]


async def _stuck(house) -> list[str]:
    docs = await house.ctx(None).db(tasks.TASKS).find({"kind": service.STUCK})
    return [doc["state"] for doc in docs]


async def test_a_critical_delivery_that_keeps_failing_is_told_while_it_is_tried_on(house, ctx):
    ear = Ear(*[RuntimeError()] * 3)
    relay = relay_of(ear)
    await tell(house, LOUD)
    await relay.collect(ctx, critical=True)
    for found in ([], [], ["OPEN"]):
        assert await relay.deliver(ctx, CRITICAL) == 1
        assert await _stuck(house) == found
        later(house, seconds=60)
    assert await relay.deliver(ctx, CRITICAL) == len(ear.heard) == 1
    assert await _stuck(house) == ["DONE"]


async def test_a_critical_delivery_that_is_refused_is_told_at_once(house, ctx):
    relay = relay_of(Ear(NotFound()))
    await tell(house, LOUD)
    await relay.collect(ctx, critical=True)
    await relay.deliver(ctx, CRITICAL)
    assert await _stuck(house) == ["OPEN"]
    [doc] = await service.parked(house.ctx("ins1"))
    await service.replay(house.ctx("ins1"), doc["_id"])
    assert await _stuck(house) == ["DONE"]


async def test_an_ordinary_delivery_that_fails_again_and_again_waits_in_silence(house, ctx):
    relay = relay_of(Ear(*[RuntimeError()] * 4))
    await tell(house)
    await relay.collect(ctx)
    for _ in range(4):
        await relay.deliver(ctx)
        later(house, seconds=200)
    assert await _stuck(house) == []


async def test_only_a_parked_delivery_of_the_own_institution_is_replayed(house, ctx):
    relay = relay_of(Ear(Forbidden()))
    await tell(house)
    await relay.collect(ctx)
    [doc] = await deliveries(ctx)
    with pytest.raises(WrongState):
        await service.replay(ctx, doc["_id"])
    await relay.deliver(ctx)
    other = house.ctx("ins2")
    assert await service.parked(other) == []
    with pytest.raises(NotFound):
        await service.replay(other, doc["_id"])
    [doc] = await deliveries(ctx)
    assert doc["state"] == PARKED


async def test_a_refusal_that_cannot_change_is_parked_at_once(house, ctx):
    relay = relay_of(Ear(NotFound()))
    await tell(house)
    await relay.collect(ctx)
    await relay.deliver(ctx)
    [doc] = await deliveries(ctx)
    assert (doc["state"], doc["reason"], doc["tries"]) == (PARKED, "not_found", 1)


async def test_a_reaction_that_hangs_is_a_failure(house, ctx, monkeypatch):
    monkeypatch.setattr(service, "REACTION_SECONDS", 0.01)

    async def hang(ctx, event):
        await asyncio.Event().wait()

    relay = Relay([THINGS], [MADE], {"thing.made": [hang]})
    await tell(house)
    await relay.collect(ctx)
    await relay.deliver(ctx)
    [doc] = await deliveries(ctx)
    assert (doc["state"], doc["reason"]) == (DUE, "TimeoutError")


async def test_an_unknown_event_waits_until_somebody_knows_it(house, ctx):
    ear = Ear()
    old, new = relay_of(ear), relay_of(ear, MADE, LATER)
    await tell(house, LATER)
    await old.collect(ctx)
    await old.deliver(ctx)
    [doc] = await deliveries(ctx)
    assert (doc["state"], doc["reason"]) == (DUE, "unknown_event")
    later(house, seconds=2)
    assert await crank(house, [Sweep("deliver", new.deliver)]) == 2
    [(_, event)] = ear.heard
    assert event.type == "thing.invented"


async def test_an_event_nobody_ever_knows_is_parked_and_kept_whole(house, ctx):
    relay = relay_of(Ear())
    await tell(house, LATER, colour="red")
    await relay.collect(ctx)
    for _ in range(len(WAITS) + 1):
        await relay.deliver(ctx)
        later(house, seconds=4500)
    [doc] = await deliveries(ctx)
    assert (doc["state"], doc["reason"]) == (PARKED, "unknown_event")
    assert doc["event"]["data"] == {"colour": "red"}


async def test_an_event_of_a_newer_version_waits_for_a_newer_program(house, ctx):
    ear = Ear()
    await tell(house, EventType("thing.made", 2, {}))
    relay = relay_of(ear)
    await relay.collect(ctx)
    await relay.deliver(ctx)
    [doc] = await deliveries(ctx)
    assert (doc["state"], doc["reason"], ear.heard) == (DUE, "unknown_event", [])


async def test_a_lease_left_by_a_dead_process_ends_by_itself(house, ctx):
    ear = Ear()
    relay = relay_of(ear)
    await tell(house)
    await relay.collect(ctx)
    [taken] = await store.claim(ctx, "relay")
    assert await relay.deliver(ctx) == 0
    await ctx.db(store.DELIVERIES).change(
        {"_id": taken["_id"]}, {"$set": {"leased_until": ctx.wire_now() - timedelta(seconds=1)}}
    )
    assert await relay.deliver(ctx) == len(ear.heard) == 1


async def test_a_late_failure_does_not_undo_another_process_s_success(house, ctx):
    """A slow holder's lease ends, the next one succeeds, and only then the first one fails."""
    relay = relay_of(Ear())
    await tell(house)
    await relay.collect(ctx)
    [slow] = await store.claim(ctx, "relay")
    await ctx.db(store.DELIVERIES).change(
        {"_id": slow["_id"]}, {"$set": {"leased_until": ctx.wire_now() - timedelta(seconds=1)}}
    )
    await relay.deliver(ctx)
    await store.settle(ctx, [store.failed(slow, ctx.now(), "late", timedelta(seconds=1))])
    [doc] = await deliveries(ctx)
    assert doc["state"] == DONE
    assert "due_at" not in doc


async def test_done_deliveries_are_forgotten_after_thirty_days_and_parked_ones_never(house, ctx):
    relay = relay_of(Ear(NotFound()))
    await tell(house, n=2)
    await relay.collect(ctx)
    await relay.deliver(ctx)
    later(house, days=29)
    assert await service.forget(ctx) == 0
    later(house, days=2)
    assert await service.forget(ctx) == 1
    [doc] = await deliveries(ctx)
    assert doc["state"] == PARKED
