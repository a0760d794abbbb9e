"""A process of the test's own that dies after one of its writes: whatever it does then fails."""

import pytest

from wx_backend.base.context import House


class Killed(BaseException):
    """Nothing of the program catches it, as nothing catches a kill."""


class Mortal:
    """A process that dies after its n-th write; 0: never."""

    def __init__(self, house: House, monkeypatch: pytest.MonkeyPatch):
        self.left = 0
        self.dead = False
        self._called = house.db.called
        monkeypatch.setattr(house.db, "called", self._call)

    def _call(self, operation: str, name: str, write: bool = False) -> None:
        self._called(operation, name, write)
        if write and self.left:
            self.left -= 1
            self.dead = not self.left
        if self.dead:
            raise Killed

    def dies_after(self, writes: int) -> None:
        self.left, self.dead = writes, False
