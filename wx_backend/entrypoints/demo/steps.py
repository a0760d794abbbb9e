"""What the smoke run's stories share: steps that are timed and checked, and can be spoilt."""

import time
from typing import Any

from wx_backend.entrypoints.demo.phone import Refused

FAILURES = (Refused, TimeoutError, LookupError, ConnectionError)
"""What goes wrong in a step besides its own checks."""


class StepFailed(Exception):
    """A check found something else than it should have."""


def check(holds: Any, otherwise: str) -> None:
    """Raises StepFailed."""
    if not holds:
        raise StepFailed(otherwise)


class Story:
    """Steps by name, in order; each is a method that returns what it has seen.

    ``broken`` names a step whose ground is spoilt, so that its own check has to notice.
    """

    about: str
    steps: tuple[str, ...]

    def __init__(self, broken: str | None):
        self._broken = broken
        self.seen: dict[str, Any] = {}

    def breaks(self, step: str) -> bool:
        return self._broken == step

    def begin(self) -> None:
        """Before the first step."""

    def told(self, step: str, seconds: float, said: str) -> str:
        """The line that a step which held is shown by."""
        return f"✓ {step:<13}{seconds:7.2f} s  {said}"

    def play(self) -> bool:
        """Every step with its time, as far as they hold; whether all did."""
        print(f"\n{self.about}", flush=True)
        self.begin()
        for name in self.steps:
            started = time.monotonic()
            try:
                said = getattr(self, name)()
            except (StepFailed, *FAILURES) as error:
                print(f"✗ {name:<13}{time.monotonic() - started:7.2f} s  {error}", flush=True)
                return False
            print(self.told(name, time.monotonic() - started, said), flush=True)
        return True
