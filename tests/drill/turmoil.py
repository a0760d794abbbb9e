"""What goes on around everybody in a drill: kills on time, restarts, and business time."""

import time
from collections import Counter, deque
from collections.abc import Iterable
from contextlib import suppress

from pymongo.errors import AutoReconnect

from tests.drill.plan import Kill
from tests.drill.rig import Rig

TICK = 0.1


class Turmoil:
    """``tick`` it all the time."""

    def __init__(self, rig: Rig, kills: Iterable[Kill]):
        self._rig = rig
        self._kills = deque(kills)
        self._killed: Counter[str] = Counter()
        self._ticked = time.monotonic()

    @property
    def over(self) -> bool:
        """Nothing more is to be killed and everything is up again."""
        return not self._kills and self._rig.supervisor.complete

    def tick(self, pace: float) -> None:
        """A tenth of a second: processes are looked after, and business time gains ``pace`` times
        that.
        """
        self._rig.supervisor.look()
        time.sleep(TICK)
        now = time.monotonic()
        with suppress(AutoReconnect):  # mongod is down; the clock catches up with the next tick
            self._rig.clockwork.move(seconds=(now - self._ticked) * pace)
            self._ticked = now

    def kill(self, now: float) -> None:
        """The next kill that is due; it waits for a victim that is down already."""
        if self._kills and self._kills[0].at <= now:
            kill = self._kills.popleft()
            if self._rig.kill(kill.service):
                self._killed[kill.service] += 1
            else:
                self._kills.append(kill)

    def said(self) -> str:
        """Who was killed how often."""
        return ", ".join(f"{name} {n}" for name, n in sorted(self._killed.items())) or "nobody"
