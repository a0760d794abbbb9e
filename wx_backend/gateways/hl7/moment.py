"""HL7 time stamps: ``YYYY[MM[DD[HH[MM[SS[.S…]]]]]][+ZZZZ]``. Pure."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from wx_backend.base.clock import HOSPITAL_ZONE

STAMP = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?"
    r"(?:([+-])(\d\d)(\d\d))?"
)
EARLIEST = 1900


@lru_cache(4096)
def moment(text: str, zone: str = HOSPITAL_ZONE) -> datetime | None:
    """The moment in UTC, cut to milliseconds; None when there is none or it is no date.

    Without an offset it is on the wall clock of ``zone``; what is left out is the smallest.
    """
    found = STAMP.fullmatch(text.strip())
    if not found or int(found[1]) < EARLIEST:
        return None
    year, month, day, hour, minute, second = (int(found[n] or n in (2, 3)) for n in range(1, 7))
    micro = int((found[7] or "0").ljust(6, "0")[:3]) * 1000
    try:
        wall = datetime(year, month, day, hour, minute, second, micro, tzinfo=_zone(found, zone))
        return wall.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day(text: str) -> date | None:
    """The calendar date a stamp begins with; None when it has none."""
    found = STAMP.fullmatch(text.strip())
    if not found or not found[3] or int(found[1]) < EARLIEST:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _zone(found: re.Match[str], zone: str) -> timezone | ZoneInfo:
    if not found[8]:
        return ZoneInfo(zone)
    offset = timedelta(hours=int(found[9]), minutes=int(found[10]))
    return timezone(offset if found[8] == "+" else -offset)
