"""Child processes that die with their parent, log to a file, and can be stopped for sure."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

LEASH = Path(__file__).with_name("leash.py")
LOG_LIMIT = 5_000_000  # bytes; a larger log is set aside as *.log.1 at the next start
POLL = 0.02  # seconds between two looks at a starting or stopping child


class StartFailed(RuntimeError):
    """A child ended, or did not answer in time, while it was being started."""


class Child:
    """One child process in a session of its own: a Ctrl-C at the terminal does not reach it.

    Start it from a thread that lives on (the main thread): the kernel ties it to that thread.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        log: Path | None,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """`env` is added to our environment; `log` gets all output, None: it goes to the screen."""
        self.name, self.argv, self.log = name, list(argv), log
        self.env, self.cwd = dict(env or {}), cwd
        self._process: subprocess.Popen[bytes] | None = None
        self._group: int | None = None  # process group that may still have members

    @property
    def pid(self) -> int | None:
        """Process id of the last start; it is also the id of the child's process group."""
        return self._process.pid if self._process else None

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal; None while it runs or before the first start."""
        return self._process.poll() if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        command = [sys.executable, "-IS", str(LEASH), str(os.getpid()), *self.argv]
        with _opened(self.log) if self.log else nullcontext() as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                env=os.environ | self.env,
                cwd=self.cwd,
                start_new_session=True,
            )
        self._group = self._process.pid

    def wait(self) -> int:
        """Exit code, once it has ended by itself."""
        if self._process is None:
            raise StartFailed(f"{self.name} was never started")
        return self._process.wait()

    def wait_ready(self, probe: Callable[[], bool], timeout: float = 60.0) -> None:
        """Wait until `probe` says yes; StartFailed if the child ends or `timeout` seconds pass."""
        deadline = time.monotonic() + timeout
        while not probe():
            if not self.alive:
                raise StartFailed(f"{self.name} ended with {self.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self.name} not ready after {timeout:.0f} s:\n{self.tail()}")
            time.sleep(POLL)

    def start_again(self) -> None:
        """Start after a crash, as the first time."""
        self.start()

    def terminate(self) -> None:
        """Ask it to stop (SIGTERM), without waiting."""
        if self._process is not None:
            self._process.terminate()

    def stop(self, grace: float = 15.0) -> None:
        """SIGTERM to the child, `grace` seconds, then SIGKILL to whatever is left of its group."""
        if self._process is None:
            return
        if self.alive:
            self.terminate()
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                self.kill()
        self._kill_group()

    def kill(self) -> None:
        """SIGKILL to the whole group, now."""
        self._kill_group()
        if self._process is not None:
            self._process.wait()

    def tail(self, lines: int = 15) -> str:
        """The last lines of the log, for an error message."""
        return "\n".join(read_tail(self.log, lines)) if self.log else ""

    def _kill_group(self) -> None:
        """Once a start: later the number may belong to somebody else."""
        if self._group is None:
            return
        with suppress(ProcessLookupError):  # nothing left of it
            os.killpg(self._group, signal.SIGKILL)
        self._group = None


def _opened(log: Path) -> IO[bytes]:
    """The log to append to; a large one is set aside first."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(log.name + ".1"))
    return log.open("ab")


def read_tail(log: Path, lines: int = 15) -> list[str]:
    """The last lines of a log file, none if there is no such file."""
    return log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []


@dataclass
class Backoff:
    """How long to wait before a crashed child is started again: doubling, until a calm while."""

    first: float = 0.5
    most: float = 30.0
    calm: float = 60.0
    _delay: float = field(default=0.0, init=False)
    _last: float = field(default=float("-inf"), init=False)

    def after_crash(self, now: float) -> float:
        """Seconds to wait after a crash seen at `now` (monotonic seconds)."""
        recent = now - self._last < self.calm
        self._delay = min(self.most, self._delay * 2) if recent and self._delay else self.first
        self._last = now
        return self._delay
