"""When numbers that were given back are everybody's again: in batches, at moments that nobody can
watch for. Pure.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta


def next_batch(secret: str, group: str, since: datetime, least: int, most: int) -> datetime:
    """The first batch of ``group`` that is at least ``least`` minutes after ``since`` and, unless
    that is less, at most ``most``.

    Time is cut into windows of half the difference; each has one moment, made from the secret.
    Numbers given back within a window go back together (clinical.md 3.3: 1-15 minutes, random).
    """
    earliest = since + timedelta(minutes=least)
    width = (most - least) * 30
    if width <= 0:
        return earliest
    window = int(earliest.timestamp()) // width
    while (moment := _moment(secret, group, window, width)) < earliest:
        window += 1
    return moment


def _moment(secret: str, group: str, window: int, width: int) -> datetime:
    digest = hmac.new(secret.encode(), f"{group}:{width}:{window}".encode(), hashlib.sha256)
    into = int.from_bytes(digest.digest()[:8], "big") % width
    return datetime.fromtimestamp(window * width + into, UTC)
