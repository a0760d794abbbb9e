import asyncio
import threading

import pytest

from tests.helpers import counted
from wx_backend.base import log
from wx_backend.base.bridge import LoopThread, Pool
from wx_backend.base.errors import GatewayBusy


@pytest.fixture
def pool():
    made = Pool("test", size=1, backlog=1)
    yield made
    made.close()


async def test_a_call_runs_in_a_thread_of_the_pool_and_keeps_the_trace(pool):
    log.trace_id.set("trace-7")
    assert await pool.call(log.trace_id.get) == "trace-7"
    name = await pool.call(lambda: threading.current_thread().name)
    assert name.startswith("pool-test")


async def test_an_error_comes_back_as_it_is(pool):
    with pytest.raises(ZeroDivisionError):
        await pool.call(lambda: 1 // 0)


async def test_more_than_the_backlog_is_refused_at_once_and_room_comes_back(pool):
    gate = threading.Event()
    waiting = [asyncio.create_task(pool.call(gate.wait)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(GatewayBusy):
        await pool.call(gate.wait)
    assert 'wx_pool_refused_total{pool="test"} 1.0' in counted.text()
    gate.set()
    assert await asyncio.gather(*waiting) == [True, True]
    assert await pool.call(gate.wait)


async def test_a_cancelled_call_that_was_still_waiting_never_runs_and_leaves_its_place(pool):
    gate, ran = threading.Event(), []
    running = asyncio.create_task(pool.call(gate.wait))
    waiting = asyncio.create_task(pool.call(ran.append, 1))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    next_one = asyncio.create_task(pool.call(ran.append, 2))
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(running, next_one)
    assert ran == [2]


def test_a_loop_thread_runs_everything_on_one_loop_and_can_start_again():
    async def here():
        return asyncio.get_running_loop()

    loops = LoopThread()
    loops.stop()
    first = loops.run(here())
    assert loops.run(here()) is first
    loops.stop()
    assert first.is_closed()
    assert loops.run(here()) is not first
    loops.stop()


def test_a_loop_thread_hands_over_errors_and_time_outs_and_cancels_what_is_late():
    ended = threading.Event()

    async def forever():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def fail():
        raise KeyError("x")

    loops = LoopThread()
    with pytest.raises(KeyError):
        loops.run(fail())
    with pytest.raises(TimeoutError):
        loops.run(forever(), timeout=0.01)
    assert ended.wait(5)
    loops.stop()


def test_stop_ends_what_still_runs():
    ended = threading.Event()

    async def forever():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def start():
        asyncio.get_running_loop().keep = asyncio.create_task(forever())
        await asyncio.sleep(0)

    loops = LoopThread()
    loops.run(start())
    loops.stop()
    assert ended.is_set()
    assert not [t for t in threading.enumerate() if t.name == "loop"]
