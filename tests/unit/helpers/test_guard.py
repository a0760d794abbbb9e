"""The suite cannot reach another machine, and neither can the Python processes it starts."""

import socket
import subprocess
import sys

import pytest

from tests.helpers.loopback.guard import is_local

OUTSIDE = "198.51.100.7"  # reserved for documentation (RFC 5737)
REFUSED = "tests only use loopback"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", b"localhost", None, ""]
)
def test_local_hosts(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", [OUTSIDE, "api.example.com", b"api.example.com", "10.0.0.1"])
def test_outside_hosts(host: object) -> None:
    assert not is_local(host)


def test_a_connection_outside_is_refused() -> None:
    with socket.socket() as connection, pytest.raises(RuntimeError, match=REFUSED):
        connection.connect((OUTSIDE, 443))


def test_a_name_look_up_is_refused() -> None:
    with pytest.raises(RuntimeError, match=REFUSED):
        socket.getaddrinfo("api.example.com", 443)


def test_a_child_process_is_guarded_too() -> None:
    code = f"import socket; socket.create_connection(('{OUTSIDE}', 443), timeout=1)"
    child = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "OutsideConnection" in child.stderr
