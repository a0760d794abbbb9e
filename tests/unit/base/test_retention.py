"""Classes of retention, and when a month is over."""

from datetime import UTC, datetime

import pytest

from wx_backend.base.retention import CLASSES, edge, month_over


@pytest.mark.parametrize(
    ("month", "now", "over"),
    [
        ("202511", datetime(2026, 12, 1, 23, tzinfo=UTC), False),
        ("202511", datetime(2026, 12, 2, tzinfo=UTC), True),
        ("202512", datetime(2027, 1, 2, tzinfo=UTC), True),
        ("202512", datetime(2027, 1, 1, tzinfo=UTC), False),
        ("202701", datetime(2026, 12, 2, tzinfo=UTC), False),
    ],
)
def test_a_month_goes_when_its_last_day_is_old_enough(month, now, over) -> None:
    assert month_over("message", month, now) is over
    assert not month_over("forever", month, now)


def test_no_class_is_shorter_than_its_rule() -> None:
    days = {name: one.days for name, one in CLASSES.items() if one.days}
    assert days == {"interface": 366, "accounting": 3660, "audit": 1098, "message": 366}
    assert edge("inpatient", datetime(2090, 1, 1, tzinfo=UTC)) is None
