"""A real mongod from a wheel: one member of a replica set of one, journaled, on loopback only."""

import shutil
import time
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure, PyMongoError

from wx_backend.entrypoints.embedded import fit
from wx_backend.entrypoints.embedded.ports import HOST
from wx_backend.entrypoints.embedded.process import POLL, StartFailed
from wx_backend.entrypoints.embedded.server import Server

REPLICA_SET = "wx"
NOT_YET_INITIALIZED = 94  # MongoDB error code: no replica-set configuration stored


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
        self._complete = self.home / "mongod.complete"  # made once the replica set is initiated

    @property
    def uri(self) -> str:
        return f"mongodb://{HOST}:{self.port}/?replicaSet={REPLICA_SET}"

    def argv(self) -> list[str]:
        return [
            str(fit.mongod_binary()),
            *("--dbpath", str(self.data), "--replSet", REPLICA_SET),
            *("--port", str(self.port), "--bind_ip", HOST, "--nounixsocket"),
            *("--wiredTigerCacheSizeGB", str(self._cache_gb), "--oplogSize", "256"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false", "--quiet"),
        ]

    def start(self) -> None:
        if self.data.exists() and not self._complete.exists():
            shutil.rmtree(self.data)
        super().start()
        with self._client() as client:
            self._become_primary(client)
        self._complete.touch()

    def answers(self) -> bool:
        try:
            with self._client() as client:
                client.admin.command("ping")
        except PyMongoError:
            return False
        return True

    def _become_primary(self, client: "MongoClient[dict[str, Any]]", timeout: float = 60.0) -> None:
        config = {
            "_id": REPLICA_SET,
            "members": [{"_id": 0, "host": f"{HOST}:{self.port}"}],
            "settings": {"electionTimeoutMillis": 1000},
        }
        try:
            stored = client.admin.command("replSetGetConfig")["config"]
        except OperationFailure as error:
            if error.code != NOT_YET_INITIALIZED:
                raise
            client.admin.command("replSetInitiate", config)
        else:
            if stored["members"][0]["host"] != config["members"][0]["host"]:  # its port was taken
                config["version"] = stored["version"] + 1
                client.admin.command("replSetReconfig", config, force=True)
        deadline = time.monotonic() + timeout
        while not _is_primary(client):
            if time.monotonic() > deadline:
                raise StartFailed(f"mongod is not primary after {timeout:.0f} s")
            time.sleep(POLL)

    def _client(self) -> "MongoClient[dict[str, Any]]":
        return MongoClient(HOST, self.port, directConnection=True, serverSelectionTimeoutMS=500)


def _is_primary(client: "MongoClient[dict[str, Any]]") -> bool:
    try:
        return bool(client.admin.command("hello")["isWritablePrimary"])
    except AutoReconnect:  # a member that changes its state closes its connections
        return False
