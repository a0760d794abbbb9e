"""Pauses before each write to the database, so that things done at once meet in every order."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from wx_backend.base.scoped import Scoped

WRITES = ("insert", "insert_together", "insert_many", "put", "change", "change_many", "change_each")
PAUSES = (0.0, 0.0, 0.001, 0.003, 0.007, 0.015)
"""Seconds, each as likely as any other."""


@contextmanager
def delayed(dice: random.Random) -> Iterator[None]:
    """Within the block every write of this process waits for a moment first."""
    with ExitStack() as patches:
        for name in WRITES:
            later = _later(getattr(Scoped, name), dice)
            patches.enter_context(patch.object(Scoped, name, later))
        yield


def _later(write: Callable[..., Awaitable[Any]], dice: random.Random) -> Callable[..., Any]:
    async def paused(*given: Any, **more: Any) -> Any:
        await asyncio.sleep(dice.choice(PAUSES))
        return await write(*given, **more)

    return paused
