"""Values that may be a moment old."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from wx_backend.base.cache import Recent
from wx_backend.base.clock import Clock


class Watch(Clock):
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Source:
    """Counts how often it was read."""

    def __init__(self) -> None:
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken = False

    async def read(self) -> int:
        self.reads += 1
        number = self.reads
        await self.gate.wait()
        if self.broken:
            raise OSError("broken")
        return number


@pytest.fixture
def watch() -> Watch:
    return Watch()


async def test_is_read_again_only_when_too_old(watch):
    source, recent = Source(), Recent(1, watch)
    assert await recent.get("a", source.read) == 1
    watch.move(0.999)
    assert await recent.get("a", source.read) == 1
    watch.move(0.001)
    assert await recent.get("a", source.read) == 2


async def test_age_counts_from_the_start_of_the_reading(watch):
    source, recent = Source(), Recent(1, watch)
    source.gate.clear()
    slow = asyncio.create_task(recent.get("a", source.read))
    await asyncio.sleep(0)
    watch.move(1)
    source.gate.set()
    assert await slow == 1
    assert await recent.get("a", source.read) == 2


async def test_those_who_ask_together_share_one_reading(watch):
    source, recent = Source(), Recent(1, watch)
    assert await asyncio.gather(*(recent.get("a", source.read) for _ in range(20))) == [1] * 20
    assert source.reads == 1


async def test_keys_do_not_share(watch):
    source, recent = Source(), Recent(1, watch)
    assert [await recent.get(key, source.read) for key in "aba"] == [1, 2, 1]


async def test_a_failure_reaches_everybody_and_is_not_kept(watch):
    source, recent = Source(), Recent(60, watch)
    source.broken = True
    asked = [recent.get("a", source.read) for _ in range(3)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError] * 3
    assert source.reads == 1
    source.broken = False
    assert await recent.get("a", source.read) == 2


async def test_a_caller_who_gives_up_does_not_stop_the_others(watch):
    source, recent = Source(), Recent(1, watch)
    source.gate.clear()
    first = asyncio.create_task(recent.get("a", source.read))
    second = asyncio.create_task(recent.get("a", source.read))
    await asyncio.sleep(0)
    first.cancel()
    source.gate.set()
    assert await second == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_forgotten_is_read_anew(watch):
    source, recent = Source(), Recent(60, watch)
    await recent.get("a", source.read)
    recent.forget("a")
    recent.forget("never read")
    assert await recent.get("a", source.read) == 2


async def test_holds_no_more_than_it_was_told(watch):
    source, recent = Source(), Recent(60, watch, most=2)
    for key in "abc":
        await recent.get(key, source.read)
    assert await recent.get("c", source.read) == 3
    assert await recent.get("a", source.read) == 4
