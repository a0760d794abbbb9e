"""Token buckets in memory: how often one key (an account, an address) may do something in this
process.
"""

from collections import OrderedDict
from datetime import datetime

from wx_backend.base.clock import Clock


class Buckets:
    """One bucket for each key: `burst` at once, refilled with `rate` tokens a second.

    At most `max_keys` buckets are kept; the one unused for longest makes room, so memory is
    bounded.
    """

    def __init__(self, rate: float, burst: int, clock: Clock, max_keys: int = 10_000) -> None:
        if rate <= 0 or burst < 1 or max_keys < 1:
            raise ValueError("a bucket needs a positive rate, burst and number of keys")
        self._rate, self._burst, self._clock, self._max_keys = rate, burst, clock, max_keys
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def take(self, key: str, n: int = 1) -> bool:
        """Take `n` tokens if they are there; False leaves the bucket as it is."""
        level, now = self._level(key)
        granted = level >= n
        self._buckets[key] = (level - n if granted else level, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        return granted

    def retry_after(self, key: str, n: int = 1) -> float:
        """Seconds until `n` tokens will be there; 0.0 when they are."""
        level, _ = self._level(key)
        return max(0.0, (n - level) / self._rate)

    def _level(self, key: str) -> tuple[float, datetime]:
        now = self._clock.now()
        level, since = self._buckets.get(key, (float(self._burst), now))
        elapsed = max(0.0, (now - since).total_seconds())
        return min(float(self._burst), level + elapsed * self._rate), now
