"""Three mongods in one replica set, of which the primary may be killed or told to step down."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from wx_backend.entrypoints.embedded.mongod import REPLICA_SET, Mongod
from wx_backend.entrypoints.embedded.ports import HOST
from wx_backend.entrypoints.embedded.server import Server

MEMBERS = 3
ELECTION_MILLIS = 1000
ELECTED_SECONDS = 60.0
AWAY_SECONDS = 15
"""How long who has stepped down is not elected again."""


class Member(Mongod):
    """One of them; it is ready as soon as it answers, whoever is primary."""

    def __init__(self, home: Path, number: int):
        self.name = f"mongod{number}"
        super().__init__(home)

    def prepare(self) -> None:
        Server.prepare(self)

    def start_again(self) -> None:
        Server.start_again(self)


class Members:
    """``start`` returns once one of them is primary. Whoever has them keeps them running."""

    def __init__(self, home: Path):
        self.all = [Member(home, number) for number in range(MEMBERS)]

    @property
    def uri(self) -> str:
        hosts = ",".join(f"{HOST}:{one.port}" for one in self.all)
        return f"mongodb://{hosts}/?replicaSet={REPLICA_SET}"

    def start(self) -> None:
        """Raises StartFailed, TimeoutError."""
        for one in self.all:
            one.start()
        members = [{"_id": n, "host": f"{HOST}:{one.port}"} for n, one in enumerate(self.all)]
        wanted = {"electionTimeoutMillis": ELECTION_MILLIS}
        with MongoClient(HOST, self.all[0].port, directConnection=True) as client:
            config = {"_id": REPLICA_SET, "members": members, "settings": wanted}
            client.admin.command("replSetInitiate", config)
        end = time.monotonic() + ELECTED_SECONDS
        while self.primary() is None:
            if time.monotonic() > end:
                raise TimeoutError("no member has become primary")
            time.sleep(0.1)

    def primary(self) -> Member | None:
        """None while there is none."""
        return next((one for one in self.all if one.alive and _leads(one)), None)

    def kill_primary(self) -> bool:
        """SIGKILL to the primary; False while there is none, or another member is down still."""
        found = self._complete()
        if found is None or found.pid is None:
            return False
        os.kill(found.pid, signal.SIGKILL)
        return True

    def step_down(self) -> bool:
        """Another one becomes primary; False while there is none, or nobody is ready to."""
        found = self._complete()
        if found is None:
            return False
        with suppress(PyMongoError), _client(found) as client:
            client.admin.command("replSetStepDown", AWAY_SECONDS)
            return True
        return False

    def _complete(self) -> Member | None:
        """The primary when every member is there."""
        return self.primary() if all(one.alive for one in self.all) else None


def _leads(one: Member) -> bool:
    with suppress(PyMongoError), _client(one) as client:
        return bool(client.admin.command("hello")["isWritablePrimary"])
    return False


def _client(one: Member) -> MongoClient:
    return MongoClient(HOST, one.port, directConnection=True, serverSelectionTimeoutMS=300)
