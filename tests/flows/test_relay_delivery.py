"""Events reach their reactions: once each, after crashes, from several processes."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from notify.relay import service, store
from notify.relay.model import DONE, DUE
from notify.relay.service import Relay, name_of
from tests.helpers.houses import bare_house, jumped
from tests.helpers.relay import (
    LOUD,
    MADE,
    QUIET,
    THINGS,
    Ear,
    audit_records,
    deliveries,
    later,
    outboxes,
    relay_of,
    tell,
)
from wx_backend.base import metrics
from wx_backend.base.events import EventType, happened
from wx_backend.base.outbox import CRITICAL
from wx_backend.base.sweeper import Sweep


@pytest.fixture
async def house(mongo_uri):
    async with bare_house(mongo_uri, [THINGS, store.DELIVERIES]) as house:
        yield house


@pytest.fixture
def ctx(house):
    return house.ctx(None)


async def test_a_reaction_hears_the_event_under_its_institution_trace_and_the_system(house, ctx):
    ear = Ear()
    relay = relay_of(ear)
    await tell(house, inst="ins7", colour="red")
    assert await relay.collect(ctx) == 1
    assert await relay.deliver(ctx) == 1
    [(inside, event)] = ear.heard
    assert (inside.institution, inside.trace) == ("ins7", event.trace)
    assert str(inside.actor) == "system:system"
    assert (event.subject, event.data) == ("made0", {"colour": "red"})
    [doc] = await deliveries(ctx)
    assert doc["state"] == DONE
    assert "due_at" not in doc
    assert await outboxes(ctx) == []
    assert await relay.collect(ctx) == await relay.deliver(ctx) == 0


@pytest.mark.parametrize("off", [timedelta(hours=-1), timedelta(hours=1)])
async def test_an_event_is_heard_once_however_clocks_jump(house, off):
    """Told and collected by a wrong clock, tried in vain, and then again by the right one."""
    ear = Ear(ConnectionError("not now"))
    relay, wrong = relay_of(ear), jumped(house, off)
    await tell(wrong)
    for one in (wrong, house):
        await relay.collect(one.ctx(None))
        await relay.deliver(one.ctx(None))
    later(house, hours=1, minutes=1)
    for one in (house, wrong, house):
        await relay.collect(one.ctx(None))
        await relay.deliver(one.ctx(None))
    assert len(ear.heard) == 1
    assert [doc["state"] for doc in await deliveries(house.ctx(None))] == [DONE]
    assert await outboxes(house.ctx(None)) == []


async def test_an_event_is_audited_once_and_names_no_person(house, ctx):
    relay = relay_of(Ear())
    await tell(house, QUIET, patient="张*丰")
    await relay.collect(ctx)
    [record] = await audit_records(ctx)
    assert record["action"] == "event:thing:seen"
    assert (record["subject"], record["inst"]) == ("seen0", "ins1")
    assert record["actor"] == "system:system"
    assert "张" not in str(record)
    assert await deliveries(ctx) == []
    assert await outboxes(ctx) == []


async def test_an_event_told_twice_is_heard_once(house, ctx):
    ear = Ear()
    relay = relay_of(ear)
    told = happened(house.ctx("ins1"), MADE, "thg9", 1)
    for number in range(2):
        await house.ctx("ins1").db(THINGS).insert({"_id": f"thg{number}", "outbox": [told]})
    await relay.collect(ctx)
    while await relay.deliver(ctx):
        pass
    assert len(ear.heard) == len(await audit_records(ctx)) == 1


async def test_a_crash_between_the_delivery_and_the_removal_of_the_event_repeats_nothing(
    house, ctx, monkeypatch
):
    ear = Ear()
    relay = relay_of(ear)
    await tell(house, n=3)

    async def die(*_):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr("wx_backend.base.db.Scoped.pull_events", die)
        with pytest.raises(ExceptionGroup):
            await relay.collect(ctx)
    assert len(await outboxes(ctx)) == 3
    await relay.deliver(ctx)
    assert await relay.collect(ctx) == 3
    assert await relay.deliver(ctx) == 0
    assert len(ear.heard) == 3
    assert len(await audit_records(ctx)) == 3


async def test_one_failing_reaction_does_not_stop_another(house, ctx):
    good, bad = Ear(), Ear(RuntimeError())
    bad.__name__ = "fail"
    relay = Relay([THINGS], [MADE], {"thing.made": [bad, good]})
    await tell(house)
    await relay.collect(ctx)
    assert await relay.deliver(ctx) == 2
    states = {doc["reaction"]: doc["state"] for doc in await deliveries(ctx)}
    assert states == {name_of(good): DONE, name_of(bad): DUE}


async def test_an_old_version_is_read_as_the_newest(house, ctx):
    ear = Ear()
    newest = EventType("thing.made", 2, {}, upcasters={1: lambda data: {**data, "size": 1}})
    relay = relay_of(ear, newest)
    await tell(house, colour="red")
    await relay.collect(ctx)
    await relay.deliver(ctx)
    [(_, event)] = ear.heard
    assert (event.v, event.data) == (2, {"colour": "red", "size": 1})


async def test_critical_events_are_collected_before_a_backlog_of_others(house, ctx, monkeypatch):
    monkeypatch.setattr("notify.relay.service.DOCUMENTS", 1)
    ear = Ear()
    relay = relay_of(ear)
    await tell(house, n=2)
    await tell(house, LOUD)
    assert await relay.collect(ctx, critical=True) == 1
    assert await relay.deliver(ctx, CRITICAL) == 1
    assert [event.type for _, event in ear.heard] == ["thing.burnt"]
    assert await relay.collect(ctx, critical=True) == 0
    assert len(await outboxes(ctx)) == 2


async def test_critical_events_do_not_queue_behind_the_others(house, ctx):
    ear = Ear()
    relay = relay_of(ear)
    await tell(house, n=60)
    await tell(house, LOUD)
    await relay.collect(ctx)
    assert await relay.deliver(ctx, CRITICAL) == 1
    [(_, event)] = ear.heard
    assert event.type == "thing.burnt"


async def test_four_relays_at_once_lose_and_double_nothing(house, ctx):
    effects, runs = set(), Counter()

    async def take_effect(inside, event):
        runs[event.id] += 1
        if runs[event.id] == 1 and event.subject.endswith("7"):
            raise RuntimeError
        effects.add(event.id)

    relays = [Relay([THINGS], [MADE, QUIET], {"thing.made": [take_effect]}) for _ in range(4)]
    await tell(house, n=400)
    await tell(house, QUIET, n=100)

    async def work(relay):
        for _ in range(40):
            await relay.collect(ctx)
            await relay.deliver(ctx)

    await asyncio.gather(*map(work, relays))
    later(house, seconds=2)
    await asyncio.gather(*map(work, relays))
    docs = await deliveries(ctx)
    assert len(docs) == len(effects) == 400
    assert {doc["state"] for doc in docs} == {DONE}
    assert set(runs.values()) == {1, 2}
    assert len(await audit_records(ctx)) == 500
    assert await outboxes(ctx) == []


async def test_the_lag_is_that_of_the_oldest_due_delivery_or_event(house, ctx):
    relay = relay_of(Ear())
    await relay.measure(ctx)
    assert metrics.RELAY_LAG._value.get() == 0
    await tell(house)
    await relay.collect(ctx)
    later(house, seconds=90)
    await relay.measure(ctx)
    assert 90 <= metrics.RELAY_LAG._value.get() < 120
    await relay.deliver(ctx)
    await relay.measure(ctx)
    assert metrics.RELAY_LAG._value.get() == 0


async def test_the_pump_works_until_nothing_is_due_and_survives_a_broken_sweep(house, ctx):
    ear = Ear()
    relay = relay_of(ear)
    await tell(house, n=120)

    async def broken(ctx):
        raise ConnectionError

    sweeps = [
        Sweep("broken", broken),
        Sweep("collect", relay.collect),
        Sweep("deliver", relay.deliver),
    ]
    assert await service.pump(house, sweeps) == 240
    assert len(ear.heard) == 120


async def test_claims_use_the_index_of_due_deliveries(house, ctx):
    relay = relay_of(Ear())
    await tell(house, n=3)
    await relay.collect(ctx)
    plan = (
        await house.db.raw("deliveries")
        .find({"due_at": {"$lte": ctx.now()}, "lane": "relay"})
        .sort("due_at", 1)
        .explain()
    )
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
    assert "SORT" not in str(plan["queryPlanner"]["winningPlan"])
