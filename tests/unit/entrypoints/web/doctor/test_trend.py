"""The last values of a result as a line."""

from datetime import UTC, datetime, timedelta

from wx_backend.entrypoints.web.doctor.trend import EDGE, HEIGHT, WIDTH, trend
from wx_backend.records.reports.model import Point

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def points(*values: str) -> list[Point]:
    return [Point(NOW + timedelta(hours=n), value) for n, value in enumerate(values)]


def test_a_fall_below_the_range() -> None:
    found = trend(points("4.1", "3.3", "2.5"), "3.5-5.3")
    assert found.words == "4.1 → 3.3 → 2.5"
    assert (found.since, found.until) == (NOW, NOW + timedelta(hours=2))
    xs, ys = zip(*found.dots, strict=True)
    assert (xs[0], xs[-1], ys[-1]) == (EDGE, WIDTH - EDGE, HEIGHT - EDGE)
    assert list(ys) == sorted(ys), "down is down"
    top, height = found.band
    assert top == EDGE and top + height < ys[-1]
    assert found.line.startswith(f"{xs[0]},{ys[0]} ")


def test_one_value_is_no_course_and_words_are_no_numbers() -> None:
    assert trend(points("2.5"), "3.5-5.3") is None
    assert trend(points("阳性", "2.5", "NaN"), "") is None


def test_a_range_that_cannot_be_read_is_left_out() -> None:
    found = trend(points("7", "7"), "< 10")
    assert found.band is None
    assert {y for _, y in found.dots} == {HEIGHT / 2}
