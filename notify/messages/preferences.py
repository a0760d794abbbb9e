"""What an account wants to be told, and when it wants quiet (pure).

Muted or not, everything is in the message centre. Messages of critical grade know neither mute nor
quiet hours, and what a person has to know (``Told.must_reach``) knows no mute. Quiet hours hold
nothing back that would be of no use after them.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from notify.messages.model import Grade, Level, Preferences
from wx_backend.base import clock
from wx_backend.base.errors import Invalid

LEVELS = {"bill": "payment", "deposit": "payment"}
"""Kinds of events that go by the level of another one: what is paid to the cashier is a payment."""

DEADLINES = ("until", "expires_at", "deadline")
"""What an event's data call the moment until when its receiver can do something."""


def check(given: Preferences) -> None:
    """Raises Invalid: one end of the quiet hours is missing, or they are a whole day."""
    if bool(given.quiet_from) != bool(given.quiet_to):
        missing = "quiet_to" if given.quiet_from else "quiet_from"
        raise Invalid(fields={missing: "请填写此项"})
    if given.quiet_from and given.quiet_from == given.quiet_to:
        raise Invalid(fields={"quiet_to": "开始和结束时间不能相同"})


def muted(given: Preferences, event: str, grade: Grade) -> bool:
    """Whether a message of ``event`` stays in the message centre."""
    kind = event.partition(".")[0]
    level = getattr(given, LEVELS.get(kind, kind), Level.ALL)
    if grade is Grade.CRITICAL or level is Level.ALL:
        return False
    return level is Level.NONE or grade is Grade.INFO


def quiet_until(given: Preferences, now: datetime, zone: str) -> datetime | None:
    """When the quiet hours that it is now end (UTC); None outside of them.

    Where the clock is put forward over their end, they end that much later.
    """
    if not given.quiet_from or not given.quiet_to:
        return None
    start, end = time.fromisoformat(given.quiet_from), time.fromisoformat(given.quiet_to)
    local = clock.local_time(now, zone)
    here = local.time()
    within = start <= here < end if start < end else here >= start or here < end
    if not within:
        return None
    day = local.date() if here < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, ZoneInfo(zone)).astimezone(now.tzinfo)


def over_before(data: Mapping[str, Any], must_reach: bool, now: datetime, end: datetime) -> bool:
    """Whether what an event asks of its receiver is over when the quiet hours end; of what they
    have to know, whether the visit has begun by then.
    """
    names = (*DEADLINES, "starts_at") if must_reach else DEADLINES
    moments = (data.get(name) for name in names)
    return any(isinstance(at, datetime) and now < at <= end for at in moments)
