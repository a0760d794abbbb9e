import asyncio

import pytest

from wx_backend.base.health import Health, Report


async def fine():
    return None


async def broken():
    raise ConnectionError("mongodb://user:secret@host")


async def test_ready_asks_everything_live_only_what_is_vital():
    health = Health()
    health.add("loop", fine, vital=True)
    health.add("mongo", broken)
    live, ready = await health.live(), await health.ready()
    assert (live.ok, live.checks) == (True, {"loop": "ok"})
    assert (ready.ok, ready.checks) == (False, {"loop": "ok", "mongo": "ConnectionError"})


async def test_what_is_only_told_takes_no_work_from_the_process():
    health = Health()
    health.add("accounts", broken, told_only=True)
    assert await health.ready() == Report(True, {"accounts": "ConnectionError"})


async def test_a_check_that_hangs_is_a_failure():
    health = Health(timeout=0.01)
    health.add("hangs", lambda: asyncio.sleep(60))
    assert (await health.ready()).checks == {"hangs": "TimeoutError"}


def test_a_name_is_taken_once():
    health = Health()
    health.add("mongo", fine)
    with pytest.raises(ValueError):
        health.add("mongo", fine)
