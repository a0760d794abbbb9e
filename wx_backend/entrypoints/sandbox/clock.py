"""The platforms' own clock: wire time, seconds since 1970 in UTC."""

import time
from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


def now() -> float:
    return time.time()


def today() -> str:
    """The date in China, `YYYY-MM-DD`: daily quotas start anew at its midnight."""
    return day_of(now())


def day_of(seconds: float) -> str:
    """The date of a moment in China, `YYYY-MM-DD`."""
    return datetime.fromtimestamp(seconds, CHINA).date().isoformat()


def rfc3339(seconds: float | None) -> str | None:
    """`2026-11-22T08:30:00+08:00`, the way WeChat Pay writes a moment."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(int(seconds), CHINA).isoformat()


def parse_rfc3339(text: str) -> float:
    """Seconds of an RFC 3339 moment; raises ValueError when the text is none or has no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment.astimezone(UTC).timestamp()
