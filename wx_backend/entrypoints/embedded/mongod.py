"""A real mongod from a wheel: one member of a replica set of one, journaled, on loopback only."""

import shutil
import time
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from wx_backend.entrypoints.embedded import fit
from wx_backend.entrypoints.embedded.ports import HOST
from wx_backend.entrypoints.embedded.process import POLL, StartFailed
from wx_backend.entrypoints.embedded.server import Server

REPLICA_SET = "wx"
TRANSACTION_SECONDS = 5
"""How long what a process that died has touched in an open transaction stays locked; ours take
milliseconds. MongoDB's own limit is a minute, in which who asks again would wait."""

IDLE_FILES = "file_manager=(close_handle_minimum=50,close_idle_time=5,close_scan_interval=2)"
"""Files unused for 5 s are closed: a test run drops hundreds of databases, and each table is a file
that MongoDB would keep open until the machine's limit stops it."""


class Mongod(Server):
    """`start()` returns when the member is primary: a write works at once.

    After a kill -9 the next start replays the journal; a lock file left behind is taken over.
    What a first start left behind that was killed half-way was never usable and is dropped.
    """

    name = "mongod"

    def __init__(self, home: Path, cache_gb: float = 0.25) -> None:
        """`cache_gb` is the WiredTiger cache; MongoDB accepts no less than 0.25."""
        super().__init__(home)
        self._cache_gb = cache_gb
        self._complete = self.home / "mongod.complete"  # holds its address once initiated

    @property
    def uri(self) -> str:
        return f"mongodb://{HOST}:{self.port}/?replicaSet={REPLICA_SET}"

    def argv(self) -> list[str]:
        return [*self._standalone_argv(), "--replSet", REPLICA_SET]

    def _standalone_argv(self) -> list[str]:
        return [
            str(fit.mongod_binary()),
            *("--dbpath", str(self.data), "--port", str(self.port)),
            *("--bind_ip", HOST, "--nounixsocket", "--quiet", "--oplogSize", "256"),
            *("--wiredTigerCacheSizeGB", str(self._cache_gb)),
            *("--wiredTigerEngineConfigString", IDLE_FILES),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *("--setParameter", f"transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"),
        ]

    def prepare(self) -> None:
        if not self._complete.exists():
            shutil.rmtree(self.data, ignore_errors=True)
        elif self._complete.read_text() != self._member:
            self._rename_member()
        super().prepare()

    def start_again(self) -> None:
        super().start_again()
        with self._client() as client:
            if not self._complete.exists():
                client.admin.command("replSetInitiate", self._config())
            self._wait_primary(client)
        self._complete.write_text(self._member)

    def answers(self) -> bool:
        try:
            with self._client() as client:
                client.admin.command("ping")
        except PyMongoError:
            return False
        return True

    @property
    def _member(self) -> str:
        return f"{HOST}:{self.port}"

    def _config(self) -> dict[str, Any]:
        return {
            "_id": REPLICA_SET,
            "members": [{"_id": 0, "host": self._member}],
            "settings": {"electionTimeoutMillis": 1000},
        }

    def _rename_member(self) -> None:
        """Its port was taken: write the new address into the stored set, outside of the set."""
        child = self.spawn(self._standalone_argv())
        try:
            child.wait_ready(self.answers)
            with self._client() as client:
                client.local["system.replset"].update_one(
                    {"_id": REPLICA_SET}, {"$set": {"members.0.host": self._member}}
                )
        finally:
            child.stop()

    def _wait_primary(self, client: "MongoClient[dict[str, Any]]", timeout: float = 60.0) -> None:
        deadline = time.monotonic() + timeout
        while not client.admin.command("hello")["isWritablePrimary"]:
            if time.monotonic() > deadline:
                raise StartFailed(f"mongod is not primary after {timeout:.0f} s")
            time.sleep(POLL)

    def _client(self) -> "MongoClient[dict[str, Any]]":
        return MongoClient(HOST, self.port, directConnection=True, serverSelectionTimeoutMS=500)
