"""When a patient is reminded: the evening before, the morning of, and only while it is true."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.reminders.model import EVENING, MORNING, steps, timely

ZONE = "Asia/Shanghai"
VISIT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)  # 09:30 in the hospital
EVE = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # 18:00
DAWN = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # 07:00


def planned(now: datetime, starts_at: datetime = VISIT, morning: str = "07:00"):
    found = steps(starts_at, "2026-11-24", ZONE, now, "18:00", morning)
    return [(one.when, one.at) for one in found]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (EVE - timedelta(days=3), [(EVENING, EVE), (MORNING, DAWN)]),
        (EVE - timedelta(hours=1), [(MORNING, DAWN)]),  # just booked: known for an hour
        (EVE + timedelta(hours=3), [(MORNING, DAWN)]),
        (DAWN - timedelta(minutes=30), []),
        (VISIT, []),
    ],
)
def test_reminders_that_are_still_to_come(now, expected):
    assert planned(now) == expected


def test_nobody_is_reminded_of_what_has_begun():
    early = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)  # 06:30
    assert planned(EVE - timedelta(days=1), early) == [(EVENING, EVE)]
    assert planned(EVE - timedelta(days=1), VISIT, morning="24:00") == [(EVENING, EVE)]


def test_times_are_those_of_the_hospital_s_zone():
    there = steps(VISIT, "2026-11-24", "Asia/Urumqi", EVE - timedelta(days=1), "18:00", "07:00")
    assert there[0].at == EVE + timedelta(hours=2)


@pytest.mark.parametrize(
    ("when", "now", "true"),
    [
        (EVENING, EVE, True),
        (EVENING, DAWN, False),  # "tomorrow" is today by now
        (MORNING, DAWN, True),
        (MORNING, EVE, False),
        (MORNING, VISIT, False),
    ],
)
def test_the_words_are_true_only_at_their_time(when, now, true):
    assert timely(when, "2026-11-24", VISIT, now, ZONE) is true
