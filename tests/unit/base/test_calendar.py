"""Public holidays, and years of which nothing is known."""

from datetime import date

import pytest

from wx_backend.base.calendar import NAMES, PublicDay, public_day


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 10, 1), PublicDay(holiday=True, name="国庆节")),
        (date(2026, 10, 10), PublicDay(made_up=True, name="国庆节")),
        (date(2026, 11, 28), PublicDay()),
        (date(2026, 11, 24), PublicDay()),
        (date(2199, 1, 1), PublicDay(known=False)),
    ],
)
def test_a_date_is_what_was_announced(day: date, expected: PublicDay) -> None:
    assert public_day(day) == expected


def test_every_holiday_of_the_library_has_a_chinese_name() -> None:
    days = [
        date.fromordinal(n)
        for n in range(date(2004, 1, 1).toordinal(), date(2027, 1, 1).toordinal())
    ]
    assert {public_day(day).name for day in days} - {""} == set(NAMES.values())
