"""Time stamps with and without an offset, whole and cut short."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wx_backend.gateways.hl7.moment import day, moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20261124083000", datetime(2026, 11, 24, 0, 30, tzinfo=UTC)),
        ("20261124083000.1239+0900", datetime(2026, 11, 23, 23, 30, 0, 123000, tzinfo=UTC)),
        ("202611240830-0130", datetime(2026, 11, 24, 10, 0, tzinfo=UTC)),
        ("20261124", datetime(2026, 11, 23, 16, 0, tzinfo=UTC)),
        ("2026", datetime(2025, 12, 31, 16, 0, tzinfo=UTC)),
        ("", None),
        ("20261324", None),
        ("20261124250000", None),
        ("00010101", None),
        ("2026-11-24", datetime(2026, 11, 23, 16, 0, tzinfo=UTC)),
        ("2026-11-24 08:30:00", datetime(2026, 11, 24, 0, 30, tzinfo=UTC)),
        ("2026/11/4 8:30", datetime(2026, 11, 4, 0, 30, tzinfo=UTC)),
        ("2026-11-24T08:30:00.5+09:00", datetime(2026, 11, 23, 23, 30, 0, 500_000, tzinfo=UTC)),
        ("2026-11-24T00:30:00Z", datetime(2026, 11, 24, 0, 30, tzinfo=UTC)),
        ("2026-13-24", None),
        ("20261124+9999", None),
    ],
)
def test_moments(text: str, expected: datetime | None) -> None:
    assert moment(text) == expected


def test_days() -> None:
    assert day("19800506") == date(1980, 5, 6)
    assert day("19800506123000") == day("1980-05-06") == date(1980, 5, 6)
    assert day("1980") is None
    assert day("19800231") is None


@given(st.text(max_size=30))
def test_any_text(text: str) -> None:
    assert moment(text) is None or moment(text).tzinfo is UTC
    day(text)
