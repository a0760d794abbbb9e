"""The product as one process that may die at any write: web application, interface gateway and all
sweeps.

Its processes are forked from a server that has imported everything already, so that a drill can
start hundreds of them. Each ends with whoever holds the other end of its pipe.
"""

import asyncio
import os
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec
from tornado.httpserver import HTTPServer

from notify.relay.service import pump
from tests.helpers.forks import FORKS
from tests.helpers.hospital import due_work
from wx_backend.base import log
from wx_backend.base.settings import Settings
from wx_backend.entrypoints import gateway, upkeep, wiring
from wx_backend.entrypoints.app import WebApplication

START_SECONDS = 20
PAUSE = 0.02
"""Seconds between two turns of all sweeps."""


class Product:
    """Start it, let it die, start it again: ``with Product(settings, log) as product``."""

    def __init__(self, settings: Settings, log_file: Path):
        self.settings = settings
        self._log = log_file
        self._process: BaseProcess | None = None
        self._leash: Connection | None = None

    def start(self, crash_after_writes: int = 0) -> None:
        """Returns when it serves. Raises TimeoutError or EOFError when it does not."""
        settings = msgspec.structs.replace(self.settings, crash_after_writes=crash_after_writes)
        self._leash, theirs = FORKS.Pipe()
        self._process = FORKS.Process(
            target=_run, args=(settings, theirs, str(self._log)), daemon=True
        )
        self._process.start()
        theirs.close()
        if not self._leash.poll(START_SECONDS):
            raise TimeoutError(f"the product does not start, see {self._log}")
        self._leash.recv()

    @property
    def crashed(self) -> bool:
        """It has killed itself. Any other end is an error of the drill."""
        code = self._process.exitcode
        if code not in (None, -signal.SIGKILL):
            raise RuntimeError(f"the product ended with {code}, see {self._log}")
        return code is not None

    def __enter__(self) -> "Product":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.kill()
            self._process.join()
        if self._leash:
            self._leash.close()


def _run(settings: Settings, leash: Connection, log_file: str) -> None:
    handle = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(handle, stream)
    log.configure(settings.log_level)
    asyncio.run(_serve(settings, leash))


async def _serve(settings: Settings, leash: Connection) -> None:
    asyncio.get_running_loop().add_reader(leash.fileno(), os._exit, 0)  # the other end is gone
    house = wiring.build(settings)
    since = await upkeep.load(house)
    following = asyncio.create_task(upkeep.follow(house, since))
    server = HTTPServer(WebApplication(house), xheaders=True)
    server.listen(settings.port, settings.host)
    await gateway.server(settings, house).start(settings.hl7_host, settings.hl7_port)
    with suppress(BrokenPipeError):
        leash.send("ready")
    sweeps = due_work()
    while not following.done():
        await pump(house, sweeps)
        await asyncio.sleep(PAUSE)
