"""Sessions that ended before their time. Pure."""

from datetime import datetime

ALL = 2**31
"""Above every epoch: whatever carries the key is over."""


class Revoked:
    """By key (a session's id, or whoever it belongs to): sessions under an epoch are over."""

    def __init__(self) -> None:
        self._below: dict[str, tuple[int, datetime]] = {}
        self.seen: datetime | None = None

    def mark(self, key: str, below: int, until: datetime) -> None:
        """Sessions of ``key`` with an epoch under ``below`` are over; kept until ``until``."""
        self._below[key] = (max(below, self._below.get(key, (0, until))[0]), until)

    def ended(self, keys: tuple[str, ...], epoch: int) -> bool:
        """Whether a session of this epoch, known by these keys, is over."""
        return any(epoch < self._below[key][0] for key in keys if key in self._below)

    def forget(self, now: datetime) -> None:
        """Drops what has run out by itself."""
        self._below = {key: entry for key, entry in self._below.items() if entry[1] > now}
