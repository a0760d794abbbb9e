"""A member never gets more cards in sixty seconds than the platform shows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify.messages.pace import MOST, ORDINARY, SINGLY, cards_for, minute_of, until_next

PLATFORM = 30
"""Cards a minute to one member; the next one is dropped without a word (protocols.md 3.3)."""


def test_two_minutes_of_the_clock_fit_into_any_sixty_seconds():
    assert 2 * MOST <= PLATFORM


@pytest.mark.parametrize(
    ("taken", "wanted", "critical", "cards"),
    [
        (0, 1, True, 1),
        (0, SINGLY, True, SINGLY),
        (0, SINGLY + 1, True, 1),
        (SINGLY - 1, 2, True, 1),
        (MOST - 1, 50, True, 1),
        (MOST, 1, True, 0),
        (0, ORDINARY, False, ORDINARY),
        (ORDINARY, 1, False, 0),
        (SINGLY, 1, False, 0),
    ],
)
def test_how_many_cards(taken, wanted, critical, cards):
    assert cards_for(taken, wanted, critical) == cards


@given(st.lists(st.tuples(st.integers(1, 60), st.booleans())))
def test_whatever_comes_there_are_never_more_and_room_is_left_for_critical_ones(asked):
    taken, ordinary = 0, 0
    for wanted, critical in asked:
        cards = cards_for(taken, wanted, critical)
        assert cards in (0, 1, wanted)
        taken += cards
        ordinary += 0 if critical else cards
    assert taken <= MOST
    assert ordinary <= ORDINARY


@given(st.integers(0, 10**12))
def test_after_the_wait_it_is_the_next_minute(milliseconds):
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    wait = until_next(now)
    assert timedelta(0) < wait <= timedelta(seconds=60)
    assert minute_of(now + wait) == minute_of(now) + 1
