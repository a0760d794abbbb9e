"""The real servers a test run shares: one mongod and one Redis, started when first asked for."""

import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from wx_backend.entrypoints.embedded.mongod import Mongod
from wx_backend.entrypoints.embedded.redis import Redis

MEMORY = Path("/dev/shm")  # noqa: S108 a folder with a random name is made in it
ROOM = 4 * 1024**3
"""Bytes that must be free there."""


@dataclass(frozen=True)
class Addresses:
    """Where the shared servers of this run answer."""

    mongo_uri: str
    redis_url: str  # without a database number


class Servers:
    """Owner of the shared servers; the kernel ends them when this process ends, however it does."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="wx-test-", dir=_in_memory()))
        self._started: list[Mongod | Redis] = []

    @cached_property
    def addresses(self) -> Addresses:
        for server in (Mongod(self.home), Redis(self.home)):
            self._started.append(server)
            server.start()
        mongod, redis = self._started
        return Addresses(mongod.uri, redis.uri.rpartition("/")[0])

    def close(self) -> None:
        """End them at once; their data is thrown away with them."""
        for server in self._started:
            if server.child:
                server.child.kill()
        shutil.rmtree(self.home)


def _in_memory() -> Path | None:
    """Where files need no disk, if there is room: what a run writes durably it throws away."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        return MEMORY
    return None
