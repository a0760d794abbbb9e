"""The two clocks: the only place in the project that reads the time.

Rules (when a hold expires, what day it is) use the business clock, which a demo or a test may move.
Signatures, leases and time-outs use the wire clock, which is always real. Both answer in UTC, cut
to the millisecond MongoDB keeps.
"""

from abc import ABC, abstractmethod
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

HOSPITAL_ZONE = "Asia/Shanghai"


class Clock(ABC):
    """Something that can say what time it is."""

    @abstractmethod
    def now(self) -> datetime:
        """The current moment: aware, UTC, millisecond precision."""


class WireClock(Clock):
    """Real time."""

    def now(self) -> datetime:
        return _milliseconds(datetime.now(UTC))


class BusinessClock(Clock):
    """Real time plus `offset`, which whoever follows the stored offset sets from outside."""

    def __init__(self, wire: Clock, offset: timedelta = timedelta()) -> None:
        self._wire = wire
        self.offset = offset

    def now(self) -> datetime:
        return self.of_wire(self._wire.now())

    def of_wire(self, moment: datetime) -> datetime:
        """A real moment (a platform's, an event's) as this clock says it; must be aware."""
        return _milliseconds(_aware(moment).astimezone(UTC) + self.offset)

    def to_wire(self, moment: datetime) -> datetime:
        """The real moment at which this clock says `moment`; must be aware."""
        return _milliseconds(_aware(moment).astimezone(UTC) - self.offset)


def local_time(moment: datetime, zone: str = HOSPITAL_ZONE) -> datetime:
    """The same moment on a wall clock in `zone`. `moment` must be aware."""
    return _aware(moment).astimezone(ZoneInfo(zone))


def local_date(moment: datetime, zone: str = HOSPITAL_ZONE) -> date:
    """The calendar date of `moment` in `zone`."""
    return local_time(moment, zone).date()


def local_midnight(day: date, zone: str = HOSPITAL_ZONE) -> datetime:
    """00:00 of `day` in `zone`, as UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no place on a wall clock")
    return moment


def _milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
