"""What the embedded servers have in common: a home, a remembered port, ready, stop, crash."""

from abc import ABC, abstractmethod
from pathlib import Path

from wx_backend.entrypoints.embedded.ports import PortBook
from wx_backend.entrypoints.embedded.process import Child, StartFailed, read_tail

TRIES = 3  # starts before giving up: another process may grab a port that was just free


class Server(ABC):
    """A third-party server run below `home`: data in `<name>/`, log in `log/<name>.log`."""

    name: str

    def __init__(self, home: Path) -> None:
        self.home = home.resolve()
        self.data = self.home / self.name
        self.log = self.home / "log" / f"{self.name}.log"
        self.port = 0
        self.child: Child | None = None
        self._book = PortBook(self.home / "ports.json")

    @abstractmethod
    def argv(self) -> list[str]:
        """The command line for `self.port` and `self.data`."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it takes connections already."""

    @property
    @abstractmethod
    def uri(self) -> str:
        """Where clients reach it."""

    def start(self) -> None:
        """Start and wait until it answers; StartFailed with the end of its log, or DoesNotFit."""
        for left in reversed(range(TRIES)):
            self.port = self._book.port(self.name)
            try:
                self.prepare()
                self.start_again()
                return
            except StartFailed:
                self.stop()
                if not left or not self.port_was_taken():
                    raise
                self._book.forget(self.name)

    def start_again(self) -> None:
        """Start on the port it has, for instance after a crash; raises as `start` does."""
        self.child = self.spawn(self.argv())
        self.child.wait_ready(self.answers)

    def prepare(self) -> None:
        """What has to be there before the server itself starts on `self.port`."""
        self.data.mkdir(parents=True, exist_ok=True)

    def spawn(self, argv: list[str]) -> Child:
        """A started child of this server, logging to its log."""
        child = Child(self.name, argv, self.log)
        child.start()
        return child

    def port_was_taken(self) -> bool:
        """Whether the last start failed because somebody else listens on the port."""
        return "address already in use" in "\n".join(read_tail(self.log, 60)).lower()

    @property
    def pid(self) -> int | None:
        """Process id of the last start."""
        return self.child.pid if self.child else None

    @property
    def alive(self) -> bool:
        return self.child is not None and self.child.alive

    def terminate(self) -> None:
        """Ask it to stop, without waiting."""
        if self.child:
            self.child.terminate()

    def stop(self) -> None:
        """Stop it cleanly, or surely if it does not listen."""
        if self.child:
            self.child.stop()
