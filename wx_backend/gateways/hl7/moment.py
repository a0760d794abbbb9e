"""HL7 time stamps: ``YYYY[MM[DD[HH[MM[SS[.S…]]]]]][+ZZZZ]``, and as some systems write them:
``2026-11-24 08:30:00``. Pure.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from wx_backend.base.clock import HOSPITAL_ZONE

STAMP = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.(\d{1,9}))?)?)?)?)?)?"
    r"(?:([+-])(\d\d)(\d\d))?"
)
WRITTEN = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d\d)(?::(\d\d)(\.\d{1,9})?)?)?"
    r"([+-]\d\d:?\d\d|Z)?"
)
EARLIEST = 1900


@lru_cache(4096)
def moment(text: str, zone: str = HOSPITAL_ZONE) -> datetime | None:
    """The moment in UTC, cut to milliseconds; None when there is none or it is no date.

    Without an offset it is on the wall clock of ``zone``; what is left out is the smallest.
    """
    found = STAMP.fullmatch(_compact(text.strip()))
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
    found = STAMP.fullmatch(_compact(text.strip()))
    if not found or not found[3] or int(found[1]) < EARLIEST:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _compact(text: str) -> str:
    """The standard's way of what was written with separators."""
    found = WRITTEN.fullmatch(text)
    if not found:
        return text
    year, month, day, hour, minute, second, part, zone = found.groups(default="")
    time = f"{hour:0>2}{minute}{second}{part}" if hour else ""
    return f"{year}{month:0>2}{day:0>2}{time}{zone.replace(':', '').replace('Z', '+0000')}"


def _zone(found: re.Match[str], zone: str) -> timezone | ZoneInfo:
    if not found[8]:
        return ZoneInfo(zone)
    offset = timedelta(hours=int(found[9]), minutes=int(found[10]))
    return timezone(offset if found[8] == "+" else -offset)
