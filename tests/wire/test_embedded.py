"""The embedded servers keep what they acknowledged, and leave no process behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient

from wx_backend.entrypoints.embedded import ports
from wx_backend.entrypoints.embedded.mongod import Mongod
from wx_backend.entrypoints.embedded.process import Child, StartFailed
from wx_backend.entrypoints.embedded.redis import Redis

PARENT = """
import sys, time
from pathlib import Path
from wx_backend.entrypoints.embedded.mongod import Mongod
from wx_backend.entrypoints.embedded.redis import Redis
servers = [Mongod(Path(sys.argv[1])), Redis(Path(sys.argv[1]))]
for server in servers:
    server.start()
print(*(server.child.pid for server in servers), flush=True)
time.sleep(600)
"""


@pytest.fixture
def mongod(tmp_path: Path):
    server = Mongod(tmp_path)
    server.start()
    yield server
    server.stop()


def _names(mongod: Mongod) -> set[str]:
    with MongoClient(mongod.uri) as client:
        return {document["name"] for document in client.hospital.doctors.find()}


def _add(mongod: Mongod, name: str) -> None:
    with MongoClient(mongod.uri) as client:
        client.hospital.doctors.insert_one({"name": name})


def _gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_data_survives_kill_and_a_stale_lock_file(mongod: Mongod) -> None:
    _add(mongod, "林")
    mongod.child.kill()
    lock = mongod.data / "mongod.lock"
    assert lock.read_text().strip(), "a killed mongod leaves its process id in the lock file"
    port = mongod.port
    mongod.start()
    _add(mongod, "周")
    assert _names(mongod) == {"林", "周"}
    assert mongod.port == port


def test_a_clean_stop_says_so_and_keeps_data(mongod: Mongod) -> None:
    _add(mongod, "林")
    mongod.stop()
    assert mongod.child.returncode == 0
    mongod.start()
    assert _names(mongod) == {"林"}


def test_it_moves_to_another_port_when_its_own_was_taken(mongod: Mongod) -> None:
    _add(mongod, "林")
    mongod.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", mongod.port))
        squatter.listen()
        taken = mongod.port
        mongod.start()
    assert mongod.port != taken
    assert _names(mongod) == {"林"}


@pytest.mark.parametrize("kind", [Mongod, Redis])
def test_it_tries_another_port_when_somebody_was_faster(kind, tmp_path: Path, monkeypatch) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        taken = squatter.getsockname()[1]
        (tmp_path / "ports.json").write_text(json.dumps({kind.name: taken}))
        monkeypatch.setattr(ports, "is_free", lambda port: True)
        server = kind(tmp_path)
        server.start()
        try:
            assert server.port != taken
        finally:
            server.stop()


def test_data_of_a_first_start_that_never_finished_is_dropped(tmp_path: Path) -> None:
    data = tmp_path / "mongod"
    data.mkdir()
    (data / "WiredTiger").write_text("half a file")
    (data / "WiredTiger.wt").write_text("half a file")
    server = Mongod(tmp_path)
    server.start()
    try:
        _add(server, "林")
        assert _names(server) == {"林"}
    finally:
        server.stop()


def test_transactions_and_change_streams_work(mongod: Mongod) -> None:
    with MongoClient(mongod.uri) as client:
        doctors = client.hospital.doctors
        with doctors.watch() as stream:
            with client.start_session() as session, session.start_transaction():
                doctors.insert_one({"name": "林"}, session=session)
            assert next(stream)["fullDocument"]["name"] == "林"


def test_mongod_listens_on_loopback_and_opens_no_unix_socket(mongod: Mongod) -> None:
    listening = {
        (c.laddr.ip, c.laddr.port)
        for c in psutil.Process(mongod.child.pid).net_connections(kind="inet")
        if c.status == psutil.CONN_LISTEN
    }
    assert listening == {("127.0.0.1", mongod.port)}
    assert not psutil.Process(mongod.child.pid).net_connections(kind="unix")


def test_redis_keeps_its_data_over_a_stop(tmp_path: Path) -> None:
    server = Redis(tmp_path)
    server.start()
    try:
        assert _redis(server, "SET doctor lin") == "+OK"
        server.stop()
        server.start()
        assert _redis(server, "GET doctor") == "$3"
    finally:
        server.stop()


def _redis(server: Redis, command: str) -> str:
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(command.encode() + b"\r\n")
        return connection.recv(200).decode().splitlines()[0]


def test_no_server_is_left_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 2
    assert not any(map(_gone, pids))
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    _until(lambda: all(map(_gone, pids)))


def test_stopping_a_child_ends_its_whole_group(tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    script = (
        "import subprocess, sys, time, pathlib;"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        f"pathlib.Path({str(note)!r}).write_text(str(p.pid)); time.sleep(600)"
    )
    child = Child("family", [sys.executable, "-c", script], tmp_path / "family.log")
    child.start()
    child.wait_ready(lambda: note.exists() and note.read_text() != "")
    grandchild = int(note.read_text())
    child.stop()
    _until(lambda: _gone(grandchild))
    assert child.returncode == -signal.SIGTERM


def test_a_child_that_ignores_terminate_is_killed(tmp_path: Path) -> None:
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('up', flush=True); time.sleep(600)"
    )
    child = Child("deaf", [sys.executable, "-c", script], tmp_path / "deaf.log")
    child.start()
    child.wait_ready(lambda: "up" in child.tail())
    child.stop(grace=0.2)
    assert child.returncode == -signal.SIGKILL


def test_a_failed_start_shows_the_end_of_the_log(tmp_path: Path) -> None:
    script = "raise SystemExit('没有配置')"
    child = Child("broken", [sys.executable, "-c", script], tmp_path / "broken.log")
    child.start()
    with pytest.raises(StartFailed, match="没有配置"):
        child.wait_ready(lambda: False)


def test_ports_are_remembered_by_name(mongod: Mongod) -> None:
    assert json.loads((mongod.home / "ports.json").read_text()) == {"mongod": mongod.port}


def _until(condition, timeout: float = 10.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "still not so"
        time.sleep(0.02)
