"""Ports of a test's own: between choosing one and listening on it nobody else may be given it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from wx_backend.entrypoints.embedded.ports import HOST


def kept_port() -> socket.socket:
    """A free port that is given to nobody else while this is open; a server may listen on it."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind((HOST, 0))
    return kept


@contextmanager
def kept_ports(count: int) -> Iterator[list[int]]:
    """So many of them. Where no server listens, a connection is refused."""
    kept = [kept_port() for _ in range(count)]
    yield [one.getsockname()[1] for one in kept]
    for one in kept:
        one.close()
