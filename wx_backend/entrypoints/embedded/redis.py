"""A real redis-server from a wheel, on loopback only; an append-only file outlives a crash."""

import socket

from wx_backend.entrypoints.embedded import fit
from wx_backend.entrypoints.embedded.ports import HOST
from wx_backend.entrypoints.embedded.server import Server


class Redis(Server):
    """`start()` returns when it answers PING."""

    name = "redis"

    @property
    def uri(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def argv(self) -> list[str]:
        return [
            str(fit.redis_binary()),
            *("--port", str(self.port), "--bind", HOST, "--dir", str(self.data)),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
            *("--daemonize", "no", "--loglevel", "warning"),
        ]

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=0.5) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
