"""A nudge reaches the broker, is coalesced, and never makes its caller wait for anything."""

import asyncio
import contextlib
import socket

import pytest
import redis

from wx_backend.base import metrics
from wx_backend.base.outbox import CRITICAL, GAPS, LANES, RELAY, Nudge


@contextlib.contextmanager
def hung_broker():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def counted(outcome: str) -> float:
    return metrics.NUDGES.labels(outcome)._value.get()


async def until(condition) -> None:
    async with asyncio.timeout(15):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.01)


@pytest.fixture
def broker(broker_url):
    client = redis.Redis.from_url(broker_url)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


async def test_both_lanes_reach_their_queues(broker, broker_url):
    nudge = Nudge(broker_url)
    nudge()
    nudge(CRITICAL)
    await until(lambda: broker.llen(RELAY) and broker.llen(CRITICAL))
    nudge.close()
    assert LANES[RELAY] in broker.lindex(RELAY, 0).decode()
    assert LANES[CRITICAL] in broker.lindex(CRITICAL, 0).decode()


async def test_a_thousand_nudges_are_a_few_messages(broker, broker_url):
    nudge, before = Nudge(broker_url), counted("sent")
    for _ in range(1000):
        nudge()
    await until(lambda: counted("sent") > before and not nudge._wanted)
    nudge.close()
    assert 1 <= broker.llen(RELAY) < 50


async def test_what_is_critical_does_not_wait_for_what_is_not(broker, broker_url, monkeypatch):
    monkeypatch.setitem(GAPS, RELAY, 3600)
    nudge = Nudge(broker_url)
    nudge()
    await until(lambda: broker.llen(RELAY))
    nudge()
    nudge(CRITICAL)
    await until(lambda: broker.llen(CRITICAL))
    nudge.close()
    assert broker.llen(RELAY) == 1


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", None])
async def test_a_broker_that_is_gone_or_hung_costs_the_caller_nothing(url):
    with hung_broker() as hung:
        nudge, before = Nudge(url or hung), counted("dropped")
        for _ in range(1000):
            nudge()  # a caller that had to wait for either broker would never get here
        await until(lambda: counted("dropped") > before)
        nudge.close()


def test_without_a_broker_nothing_is_started():
    nudge = Nudge("")
    nudge()
    assert nudge._thread is None
