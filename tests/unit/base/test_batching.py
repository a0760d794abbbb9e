"""Callers who come together share a trip, and each gets its own answer."""

import asyncio

import pytest

from wx_backend.base.batching import Batcher


class Wire:
    """Doubles what it is given; an item may ask for trouble."""

    def __init__(self):
        self.trips: list[list] = []

    async def __call__(self, items):
        self.trips.append(list(items))
        await asyncio.sleep(0.001)
        if "down" in items:
            raise ConnectionError("down")
        return [ValueError(item) if item == "bad" else item * 2 for item in items]


async def test_concurrent_callers_share_a_trip():
    wire = Wire()
    batcher = Batcher(wire)
    assert await asyncio.gather(*map(batcher.add, range(50))) == [n * 2 for n in range(50)]
    assert len(wire.trips) == 1


async def test_a_batch_is_bounded_and_everybody_is_served():
    wire = Wire()
    batcher = Batcher(wire, most=7)
    assert len(await asyncio.gather(*map(batcher.add, range(50)))) == 50
    assert max(map(len, wire.trips)) == 7
    assert sorted(item for trip in wire.trips for item in trip) == list(range(50))


async def test_one_failure_is_its_own():
    batcher = Batcher(Wire())
    results = await asyncio.gather(*map(batcher.add, ["a", "bad", "b"]), return_exceptions=True)
    assert (results[0], results[2]) == ("aa", "bb")
    assert isinstance(results[1], ValueError)


async def test_a_lost_trip_fails_all_its_callers_and_the_next_ones_go_on():
    batcher = Batcher(Wire())
    results = await asyncio.gather(*map(batcher.add, ["a", "down"]), return_exceptions=True)
    assert all(isinstance(result, ConnectionError) for result in results)
    assert await batcher.add("c") == "cc"


async def test_a_caller_who_left_disturbs_nobody():
    batcher = Batcher(Wire())
    gone, stays = asyncio.create_task(batcher.add("a")), asyncio.create_task(batcher.add("b"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == "bb"
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_who_comes_in_the_moment_a_lane_ends_is_served():
    """Both lanes end in one turn of the loop; the first answer makes its caller ask again."""
    ready = asyncio.Event()

    async def send(items):
        await ready.wait()
        return items

    batcher = Batcher(send, most=1, lanes=2)

    async def ask(again: bool):
        first = await batcher.add("a")
        return await batcher.add("b") if again else first

    asking = [asyncio.create_task(ask(again)) for again in (True, False)]
    await asyncio.sleep(0.01)
    ready.set()
    async with asyncio.timeout(5):
        assert await asyncio.gather(*asking) == ["b", "a"]
