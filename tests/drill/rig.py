"""The real processes of a hospital under a supervisor, for killing: as the demo runs them."""

import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from pymongo.database import Database
from redis import Redis, RedisError

from tests.drill import scene
from tests.drill.members import Members
from tests.drill.plan import EMPTIED, PRIMARY, STEPS_DOWN
from wx_backend.base.outbox import LANES
from wx_backend.entrypoints.cli.home import Home
from wx_backend.entrypoints.cli.progress import Progress
from wx_backend.entrypoints.cli.stack import DATABASES, Stack
from wx_backend.entrypoints.demo.phone import Sandbox
from wx_backend.entrypoints.embedded.process import Backoff
from wx_backend.entrypoints.embedded.supervisor import Supervisor

RESTART_SECONDS = 0.2
DATABASE = "wx"
SETTINGS = {
    "WX_MONGO_DB": DATABASE,
    "WX_LOG_LEVEL": "WARNING",
    "WX_REQUEST_RATE": "10000",
    "WX_REQUEST_BURST": "10000",
}
"""All patients come from one address here."""


class Diary(Progress):
    """Progress that is kept in a file: a drill tells dozens of crashes."""

    def __init__(self, file: Path):
        super().__init__()
        self._file = file

    def tell(self, line: str) -> None:
        with self._file.open("a") as out:
            out.write(f"[{self.seconds:5.1f} s] {line}\n")


class Rig:
    """``with Rig() as rig``: everything runs; afterwards nothing is left, neither data.

    ``keep`` leaves data and logs behind, for whoever looks for a cause; with ``members`` the
    database has three of them.
    """

    def __init__(self, keep: bool = False, members: bool = False):
        self.path = Path(tempfile.mkdtemp(prefix="wx-drill-"))
        self._keep = keep
        self._members = Members(self.path) if members else None
        self.hints_lost = 0
        """Messages of Celery's that were queued when Redis was emptied."""
        self._home = Home(self.path)

    def __enter__(self) -> "Rig":
        self._home.__enter__()
        diary = Diary(self.path / "drill.log")
        self._stack = Stack(self._home, diary)
        self._stack.environment |= SETTINGS
        self.supervisor = self._stack.supervisor = Supervisor(
            diary.tell, lambda: Backoff(first=RESTART_SECONDS, most=RESTART_SECONDS)
        )
        try:
            self._start()
        except BaseException:
            self.supervisor.stop_all()
            raise
        self.sandbox = Sandbox(self._stack.sandbox_url)
        self.web, self.gateway = self._stack.phone_url, self._stack.gateway_address
        self._mongo = scene.client(self._stack.environment["WX_MONGO_URI"])
        self.database: Database = self._mongo[DATABASE]
        self.clockwork = scene.Clockwork(self.database)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._mongo.close()
        self.supervisor.stop_all()
        self._home.__exit__()
        if not self._keep:
            shutil.rmtree(self.path)

    def _start(self) -> None:
        if self._members is None:
            self._stack.start()
            return
        for member in self._members.all:
            self.supervisor.add(member, DATABASES)
        self._members.start()
        os.environ["WX_MONGO_URI"] = self._members.uri  # the demo takes a database of one's own
        try:
            self._stack.start()
        finally:
            del os.environ["WX_MONGO_URI"]

    @property
    def environment(self) -> dict[str, str]:
        return self._stack.environment

    @property
    def addresses(self) -> dict[str, str]:
        """Where the smoke run finds everything."""
        stack = self._stack
        return {
            "web": stack.web_url,
            "phone": stack.phone_url,
            "sandbox": stack.sandbox_url,
            "gateway": stack.gateway_address,
        }

    def kill(self, service: str) -> bool:
        """SIGKILL to its main process; False while it is down already."""
        others = {EMPTIED: self._empty_redis}
        if self._members:
            others |= {PRIMARY: self._members.kill_primary, STEPS_DOWN: self._members.step_down}
        if service in others:
            return others[service]()
        found = self.supervisor.service(service)
        if not found.alive:
            return False
        os.kill(found.pid, signal.SIGKILL)
        return True

    def _empty_redis(self) -> bool:
        """FLUSHALL; False while it is down."""
        url = self.environment["WX_BROKER_URL"]
        with suppress(RedisError), Redis.from_url(url, retry=None) as broker:
            waiting = sum(broker.llen(lane) for lane in LANES)
            broker.flushall()
            self.hints_lost += waiting
            return True
        return False

    def lose(self, service: str) -> None:
        """Killed, and never started again."""
        self.supervisor.release(service).child.kill()
