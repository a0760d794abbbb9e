"""Due work: leased to one, back when its holder died, done without a broker."""

import asyncio
import itertools
from datetime import timedelta

import pytest

from tests.helpers.houses import bare_house, jumped
from wx_backend.base.collection import DUE_INDEX, Collection
from wx_backend.base.lease import Lease
from wx_backend.base.outbox import CRITICAL, RELAY
from wx_backend.base.sweeper import SETTLED, Sweep, Sweeper, claim_due, crank

HOUR = timedelta(hours=1)
CHORES = Collection("chores", retention="test", indexes=(DUE_INDEX,))


@pytest.fixture
async def house(mongo_uri):
    async with bare_house(mongo_uri, [CHORES], sweep_seconds=0.01) as made:
        yield made


async def due(house, count, **wait):
    ctx = house.ctx("ins1")
    at = ctx.now() + timedelta(**wait)
    await ctx.db(CHORES).insert_many([{"_id": n, "due_at": at, "done": 0} for n in range(count)])


async def do_some(ctx) -> int:
    docs = await claim_due(ctx, CHORES, limit=7)
    table = ctx.db(CHORES)
    await table.change_each(
        [({"_id": d["_id"]}, {"$inc": {"done": 1}, "$unset": SETTLED}) for d in docs]
    )
    return len(docs)


async def test_what_is_due_is_done_once_by_many(house):
    await due(house, 60)
    await asyncio.gather(*(crank(house, [Sweep("chores", do_some)]) for _ in range(4)))
    docs = await house.ctx(None).db(CHORES).find()
    assert {doc["done"] for doc in docs} == {1}
    assert not any("due_at" in doc or "lease" in doc for doc in docs)


async def test_what_is_not_due_yet_waits_for_the_business_clock(house):
    await due(house, 3, hours=1)
    assert await do_some(house.ctx(None)) == 0
    house.business.offset += timedelta(hours=1)
    assert await do_some(house.ctx(None)) == 3


async def test_a_dead_holders_lease_ends_by_itself(house):
    await due(house, 1)
    ctx = house.ctx(None)
    assert len(await claim_due(ctx, CHORES, lease_seconds=0)) == 1
    assert len(await claim_due(ctx, CHORES)) == 1
    assert await claim_due(ctx, CHORES) == []


@pytest.mark.parametrize("off", [-HOUR, HOUR])
async def test_a_clock_that_jumps_keeps_nothing(house, off):
    """What was taken by a process that dies then, and what one must hold alone."""
    await due(house, 3, hours=-2)
    right, wrong = house.ctx(None), jumped(house, off).ctx(None)
    assert len(await claim_due(wrong, CHORES)) == 3
    assert await Lease("chores").held(wrong)
    assert len(await claim_due(right, CHORES)) == 3
    assert await Lease("chores").held(right)


@pytest.mark.parametrize("off", [timedelta(seconds=-30), timedelta(seconds=30)])
async def test_clocks_that_differ_a_little_take_nothing_from_each_other(house, off):
    await due(house, 3, hours=-2)
    right, other = house.ctx(None), jumped(house, off).ctx(None)
    taken = await claim_due(other, CHORES, limit=1) + await claim_due(right, CHORES)
    assert sorted(doc["_id"] for doc in taken) == [0, 1, 2]
    assert await claim_due(other, CHORES) == await claim_due(right, CHORES) == []


async def test_a_sweep_that_fails_stops_neither_itself_nor_its_neighbour(house):
    await due(house, 5)
    tries, again, done = itertools.count(1), asyncio.Event(), asyncio.Event()

    async def fail(ctx) -> int:
        if next(tries) == 3:
            again.set()
        raise RuntimeError("broken")

    async def work(ctx) -> int:
        worked = await do_some(ctx)
        if worked:
            done.set()
        return worked

    sweeper = Sweeper(house, [Sweep("fails", fail), Sweep("chores", work)])
    sweeper.start()
    await again.wait()
    await done.wait()
    await sweeper.stop()
    assert await house.ctx(None).db(CHORES).count({"done": 1}) == 5


async def test_sweeps_that_feed_each_other_for_ever_are_told_apart_from_work(house):
    async def endless(ctx) -> int:
        return 1

    with pytest.raises(RuntimeError, match="rest"):
        await crank(house, [Sweep("endless", endless)], rounds=5)


async def test_critical_work_announced_in_this_process_waits_for_no_pause(mongo_uri):
    """Without a broker, and with pauses longer than the test's patience."""
    async with bare_house(mongo_uri, [CHORES], sweep_seconds=3600) as house:
        looked = {lane: asyncio.Event() for lane in (CRITICAL, RELAY)}

        def look(lane: str) -> Sweep:
            async def run(ctx) -> int:
                looked[lane].set()
                return 0

            return Sweep(f"look {lane}", run, lane=lane)

        sweeper = Sweeper(house, [look(lane) for lane in looked])
        sweeper.start()
        async with asyncio.timeout(10):
            for one in looked.values():
                await one.wait()
                one.clear()
            house.nudge(RELAY)
            house.nudge(CRITICAL)
            await looked[CRITICAL].wait()
        await asyncio.sleep(0.05)
        assert not looked[RELAY].is_set()
        await sweeper.stop()
