from datetime import UTC, datetime, timedelta

import pytest

from wx_backend.base.clock import Clock
from wx_backend.base.ratelimit import Buckets


class Hand(Clock):
    def __init__(self):
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self):
        return self.moment

    def pass_seconds(self, seconds):
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Hand()


def test_a_burst_then_the_rate(clock):
    buckets = Buckets(rate=2, burst=3, clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [True, True, True, False]
    assert buckets.retry_after("a") == 0.5
    clock.pass_seconds(0.5)
    assert buckets.take("a")
    assert not buckets.take("a")


def test_keys_do_not_share_and_a_rest_never_gives_more_than_the_burst(clock):
    buckets = Buckets(rate=1, burst=1, clock=clock)
    assert buckets.take("a") and buckets.take("b")
    clock.pass_seconds(3600)
    assert buckets.take("a")
    assert not buckets.take("a")


def test_a_refusal_costs_nothing_and_time_going_back_gives_nothing(clock):
    buckets = Buckets(rate=1, burst=2, clock=clock)
    assert not buckets.take("a", 3)
    assert buckets.take("a", 2)
    clock.pass_seconds(-100)
    assert not buckets.take("a")


def test_memory_is_bounded_and_the_longest_unused_key_goes(clock):
    buckets = Buckets(rate=1, burst=1, clock=clock, max_keys=2)
    for key in ("a", "b", "a", "c"):
        buckets.take(key)
    assert buckets.retry_after("a") > 0
    assert buckets.retry_after("b") == 0


@pytest.mark.parametrize("wrong", [{"rate": 0}, {"burst": 0}, {"max_keys": 0}])
def test_a_bucket_that_could_never_fill_is_refused(clock, wrong):
    with pytest.raises(ValueError):
        Buckets(**{"rate": 1, "burst": 1, "clock": clock} | wrong)
