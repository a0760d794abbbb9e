from datetime import UTC, datetime, timedelta

import pytest

from notify.messages.model import MESSAGE, Delivery, delivery_of, wait_for_retry
from notify.messages.store import months
from notify.relay.model import WAITS
from wx_backend.base import clock

NIGHT = datetime(2026, 11, 24, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
MORNING = datetime(2026, 11, 24, 16, 1, tzinfo=UTC)  # 00:01 of the next day


@pytest.mark.parametrize(
    ("status", "means"),
    [
        ("success", Delivery.DELIVERED),
        ("failed:user block", Delivery.USER_BLOCK),
        ("failed: user block", Delivery.USER_BLOCK),
        ("failed: system failed", Delivery.FAILED),
        ("", Delivery.FAILED),
    ],
)
def test_what_the_platform_says_about_the_end(status, means):
    assert delivery_of(status) is means


@pytest.mark.parametrize("now", [NIGHT, MORNING])
def test_the_daily_limit_waits_for_the_next_day_in_shanghai(now):
    due = clock.local_time(now + wait_for_retry(1, "msg1", now, tomorrow=True))
    assert due.date() == clock.local_date(now) + timedelta(days=1)
    assert (due.hour, due.minute) == (0, 5)


def test_otherwise_it_waits_as_a_delivery_does_and_then_for_a_person():
    assert wait_for_retry(1, "msg1", NIGHT, tomorrow=False) < timedelta(seconds=1.2)
    assert wait_for_retry(len(WAITS) + 1, "msg1", NIGHT, tomorrow=True) is None


def test_no_end_is_left_but_unknown_by_the_slow_sender_s_success():
    left = {state for state, _ in MESSAGE.transitions} & {"SENT", "UNKNOWN", "SKIPPED", "FAILED"}
    assert left == {"UNKNOWN"}


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        (datetime(2026, 3, 31, tzinfo=UTC), ["202603", "202602", "202601", "202512"]),
        (datetime(2026, 1, 1, tzinfo=UTC), ["202601", "202512", "202511", "202510"]),
    ],
)
def test_months_go_back_one_by_one(moment, names):
    assert [f"{month:%Y%m}" for month in months(moment, 3)] == names
