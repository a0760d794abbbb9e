"""Free loopback ports, remembered so that an address stays the same from one start to the next."""

import json
import socket
from pathlib import Path

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def pick_free() -> int:
    """A port the system says is free; another process may still be faster, so a start can fail."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class PortBook:
    """Ports by name in a small JSON file, for one owner at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def port(self, name: str) -> int:
        """The port `name` had last time if it is free, else a new one, which is then remembered."""
        ports = self._read()
        if name not in ports or not is_free(ports[name]):
            ports[name] = self._unused(set(ports.values()))
            self._write(ports)
        return ports[name]

    def forget(self, name: str) -> None:
        """Drop a port that turned out to be taken."""
        ports = self._read()
        if ports.pop(name, None) is not None:
            self._write(ports)

    @staticmethod
    def _unused(taken: set[int]) -> int:
        while (port := pick_free()) in taken:
            continue
        return port

    def _read(self) -> dict[str, int]:
        if not self._path.exists():
            return {}
        return {str(name): int(port) for name, port in json.loads(self._path.read_text()).items()}

    def _write(self, ports: dict[str, int]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".tmp")
        draft.write_text(json.dumps(ports, indent=1, sort_keys=True) + "\n")
        draft.replace(self._path)
