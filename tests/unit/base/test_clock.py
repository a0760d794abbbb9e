from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from wx_backend.base.clock import BusinessClock, Clock, WireClock, local_date, local_time


class Fixed(Clock):
    def now(self):
        return datetime(2026, 1, 31, 16, 30, 0, 123456, UTC)


def test_wire_clock_is_aware_utc_in_whole_milliseconds():
    now = WireClock().now()
    assert now.utcoffset() == timedelta()
    assert now.microsecond % 1000 == 0


def test_business_clock_is_the_wire_clock_moved_by_its_offset():
    clock = BusinessClock(Fixed())
    assert clock.now() == datetime(2026, 1, 31, 16, 30, 0, 123000, UTC)
    clock.offset = timedelta(days=1, microseconds=999)
    assert clock.now() == datetime(2026, 2, 1, 16, 30, 0, 124000, UTC)


def test_a_real_moment_and_the_business_clocks_word_for_it_are_told_from_each_other():
    clock = BusinessClock(Fixed(), timedelta(days=1, hours=9))
    real = datetime(2026, 2, 1, 0, 30, 0, 123456, ZoneInfo("Asia/Shanghai"))
    said = clock.of_wire(real)
    assert (said, said.tzinfo) == (datetime(2026, 2, 2, 1, 30, 0, 123000, UTC), UTC)
    assert clock.of_wire(Fixed().now()) == clock.now()
    assert clock.to_wire(said) == datetime(2026, 1, 31, 16, 30, 0, 123000, UTC)


def test_the_local_date_is_the_hospitals_not_utcs():
    moment = datetime(2026, 1, 31, 16, 30, tzinfo=UTC)
    assert local_date(moment) == date(2026, 2, 1)
    assert local_date(moment, "UTC") == date(2026, 1, 31)
    assert local_time(moment).strftime("%H:%M") == "00:30"


def test_a_naive_moment_is_refused():
    naive = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    for said in (local_date, BusinessClock(Fixed()).of_wire, BusinessClock(Fixed()).to_wire):
        with pytest.raises(ValueError):
            said(naive)
