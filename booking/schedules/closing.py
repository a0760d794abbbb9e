"""Until when patients may book a slot: tomorrow's until the evening, today's until it starts. Pure.

Clinical table 3.2: at the next-day cut-off the numbers of tomorrow close; what is left of them is
for the day itself, from midnight until some minutes before each slot. A parameter's value counts
at the moment of the claim, whenever the slot was published.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

import msgspec

from booking.schedules.model import NextDayClosed, SameDayClosed, Slot
from wx_backend.base import clock
from wx_backend.directory.settings.model import Value, resolved

CUTOFF = "booking.next_day_cutoff"
MINUTES = "booking.same_day_minutes"

Rules = Mapping[tuple[str, str, str], Value]
"""Approved values of the two parameters by (name, level, scope)."""

DEFAULTS: Rules = {}


class Closing(msgspec.Struct, frozen=True):
    """A slot takes no booking of a patient in ``evening``..``midnight``, nor from ``last`` on."""

    evening: datetime
    midnight: datetime
    last: datetime

    def shut(self, now: datetime) -> bool:
        return self.evening <= now < self.midnight or now >= self.last

    def check(self, now: datetime) -> None:
        """Raises NextDayClosed or SameDayClosed."""
        if now >= self.last:
            raise SameDayClosed()
        if self.shut(now):
            raise NextDayClosed(opens_at=self.midnight)

    @property
    def turns(self) -> tuple[datetime, datetime, datetime]:
        """The moments at which the answer changes."""
        return self.evening, self.midnight, self.last


def rules_of(values: Rules) -> Rules:
    """What of a hospital's approved values this rule looks at."""
    return {key: value for key, value in values.items() if key[0] in (CUTOFF, MINUTES)}


def closing(slot: Slot, rules: Rules) -> Closing:
    """When the most specific approved values, or the declared defaults, close this slot."""
    cutoff, minutes = (resolved(rules, name, slot.scopes) for name in (CUTOFF, MINUTES))
    evening, midnight = _night(slot.visit_date, slot.zone, str(cutoff))
    return Closing(evening, midnight, slot.starts_at - timedelta(minutes=int(minutes)))


@lru_cache(maxsize=1024)
def _night(visit_date: str, zone: str, cutoff: str) -> tuple[datetime, datetime]:
    """``cutoff`` (``HH:MM`` or ``24:00``) of the day before, and the first moment of the day."""
    hours, minutes = (int(part) for part in cutoff.split(":"))
    day = date.fromisoformat(visit_date)
    before = clock.local_midnight(day - timedelta(days=1), zone)
    return before + timedelta(hours=hours, minutes=minutes), clock.local_midnight(day, zone)
