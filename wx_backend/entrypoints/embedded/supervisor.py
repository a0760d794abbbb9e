"""Keeps a set of processes running: restarts what crashed, stops everything in order."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from wx_backend.entrypoints.embedded.process import Backoff, StartFailed


class Service(Protocol):
    """What is watched: a `Child` or a `Server`."""

    name: str

    @property
    def pid(self) -> int | None: ...
    @property
    def alive(self) -> bool: ...
    def start_again(self) -> None: ...
    def terminate(self) -> None: ...
    def stop(self) -> None: ...


@dataclass
class _Watched:
    service: Service
    layer: int
    backoff: Backoff
    restart_at: float | None = None  # monotonic seconds; None while it runs


class Supervisor:
    """Services in layers: a layer stands on those before it, so it stops before them."""

    def __init__(
        self, tell: Callable[[str], None], backoff: Callable[[], Backoff] = Backoff
    ) -> None:
        """`tell` shows one line to a person; `backoff` makes the patience with one service."""
        self._tell = tell
        self._backoff = backoff
        self._watched: list[_Watched] = []

    def add(self, service: Service, layer: int) -> None:
        """Watch a service that has been started."""
        self._watched.append(_Watched(service, layer, self._backoff()))

    @property
    def complete(self) -> bool:
        """Whether everything that is watched runs."""
        return all(watched.service.alive for watched in self._watched)

    def service(self, name: str) -> Service:
        """The watched service of this name. Raises StopIteration when there is none."""
        return next(watched.service for watched in self._watched if watched.service.name == name)

    def release(self, name: str) -> Service:
        """Stop watching a service, which is then the caller's to stop."""
        service = self.service(name)
        self._watched = [watched for watched in self._watched if watched.service is not service]
        return service

    def look(self, now: float | None = None) -> None:
        """One round: notice what ended, restart what is due. `now` is in monotonic seconds."""
        now = time.monotonic() if now is None else now
        for watched in self._watched:
            if watched.restart_at is None:
                if not watched.service.alive:
                    watched.service.stop()  # what is left of its group
                    self._plan(watched, now, "意外退出 ended unexpectedly")
            elif watched.restart_at <= now:
                self._restart(watched, now)

    def stop_all(self) -> None:
        """Last layer first; within a layer all are asked at once, then waited for."""
        for layer in sorted({watched.layer for watched in self._watched}, reverse=True):
            services = [watched.service for watched in self._watched if watched.layer == layer]
            for service in services:
                service.terminate()
            for service in services:
                service.stop()
        self._watched.clear()

    def _restart(self, watched: _Watched, now: float) -> None:
        try:
            watched.service.start_again()
        except StartFailed as error:
            self._plan(watched, now, f"未能启动 did not start: {error}")
        else:
            watched.restart_at = None
            self._tell(f"{watched.service.name} 已重启 restarted")

    def _plan(self, watched: _Watched, now: float, why: str) -> None:
        delay = watched.backoff.after_crash(now)
        watched.restart_at = now + delay
        name = watched.service.name
        self._tell(f"{name} {why}，{delay:g} 秒后重启 restarting in {delay:g} s")
