"""What a person sees while something long is being started."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """Lines on stderr, each with the seconds since the beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def tell(self, line: str) -> None:
        print(f"[{self.seconds:5.1f} s] {line}", file=sys.stderr, flush=True)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Tell `what` when it is done, with its own duration."""
        began = time.monotonic()
        yield
        self.tell(f"{what} ({time.monotonic() - began:.1f} s)")
