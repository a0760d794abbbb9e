"""The last values of a result as a line in a small box, the reference range behind it. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

import msgspec

from wx_backend.records.reports.model import Point

WIDTH, HEIGHT, EDGE = 120, 48, 6
RANGE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*[-–~]+\s*(\d+(?:\.\d+)?)\s*")


class Trend(msgspec.Struct, frozen=True):
    """``dots`` are places in the box, ``band`` is the reference range as (top, height)."""

    dots: tuple[tuple[float, float], ...]
    band: tuple[float, float] | None
    words: str
    since: datetime
    until: datetime

    @property
    def line(self) -> str:
        """As a polyline's points."""
        return " ".join(f"{x},{y}" for x, y in self.dots)


def trend(points: Sequence[Point], span: str) -> Trend | None:
    """None with fewer than two values that are numbers; ``span`` is the reference as text."""
    found = [(one, value) for one in points if (value := _number(one.value)) is not None]
    if len(found) < 2:
        return None
    match = RANGE.fullmatch(span)
    limits = [float(match[1]), float(match[2])] if match else []
    values = [value for _, value in found]
    bottom, top = min(values + limits), max(values + limits)

    def height(value: float) -> float:
        share = (value - bottom) / (top - bottom) if top > bottom else 0.5
        return round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1)

    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    return Trend(
        dots=tuple((round(EDGE + n * step, 1), height(one)) for n, one in enumerate(values)),
        band=(height(limits[1]), round(height(limits[0]) - height(limits[1]), 1))
        if limits
        else None,
        words=" → ".join(one.value for one, _ in found),
        since=found[0][0].at,
        until=found[-1][0].at,
    )


def _number(text: str) -> float | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return float(found) if found.is_finite() else None
