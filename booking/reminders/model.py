"""When a patient is reminded of a visit (pure)."""

from datetime import date, datetime, timedelta

import msgspec

from wx_backend.base import clock

EVENING, MORNING = "evening", "morning"
"""The evening before the visit, and the visit's own morning."""

FRESH = timedelta(hours=2)
"""Who booked less than this ago knows it."""


class Step(msgspec.Struct, frozen=True):
    """One reminder of a visit: which, and when (UTC)."""

    when: str
    at: datetime


def steps(
    starts_at: datetime, visit_date: str, zone: str, now: datetime, evening: str, morning: str
) -> list[Step]:
    """The reminders that are still to come, in order.

    Args:
        visit_date: ``2026-11-24`` on the wall clock of ``zone``.
        evening, morning: times of day there, ``HH:MM``; 24:00 ends a day.
    """
    day = date.fromisoformat(visit_date)
    found = (
        Step(EVENING, _moment(day - timedelta(days=1), evening, zone)),
        Step(MORNING, _moment(day, morning, zone)),
    )
    return [one for one in found if now + FRESH < one.at < starts_at]


def timely(when: str, visit_date: str, starts_at: datetime, now: datetime, zone: str) -> bool:
    """Whether the words of this reminder ("tomorrow", "today") are true at this moment."""
    if now >= starts_at:
        return False
    on_the_day = clock.local_date(now, zone) >= date.fromisoformat(visit_date)
    return on_the_day == (when == MORNING)


def _moment(day: date, time: str, zone: str) -> datetime:
    hours, minutes = (int(part) for part in time.split(":"))
    return clock.local_midnight(day, zone) + timedelta(hours=hours, minutes=minutes)
