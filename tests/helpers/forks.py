"""Processes that may die: forked from a server that has imported the product already, since that
costs an interpreter of one's own a second and more.
"""

import asyncio
import multiprocessing
from collections.abc import Callable, Coroutine
from typing import Any

FORKS = multiprocessing.get_context("forkserver")
STORIES = ("crash_child", "his_child", "timetable_child")
FORKS.set_forkserver_preload(["tests.drill.product", *(f"tests.helpers.{one}" for one in STORIES)])


async def ended(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> int:
    """How a process that does ``work(*args)`` and nothing else has ended: its exit code, negative
    for a signal.
    """
    child = FORKS.Process(target=_run, args=(work, *args), daemon=True)
    child.start()
    await asyncio.to_thread(child.join)
    return child.exitcode


def _run(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
    asyncio.run(work(*args))
