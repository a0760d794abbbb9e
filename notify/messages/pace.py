"""How many cards one member gets in a minute (pure).

The platform drops what goes beyond 30 in any minute and says nothing. Counted by the minutes of the
clock, ``MOST`` is at most 28 in any sixty seconds, whatever the number of workers. The first
``SINGLY`` are a card for each message; after that critical messages that are due together share one
card, which keeps the last places for many alerts. Other messages leave the larger part of each
minute to critical ones. What finds no place waits for the next minute: at most sixty seconds, after
the member has been called fourteen times.
"""

from datetime import datetime, timedelta

SINGLY = 10
MOST = 14
ORDINARY = 6


def minute_of(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def until_next(moment: datetime) -> timedelta:
    """Until the next minute of the clock begins."""
    return timedelta(seconds=60 - moment.timestamp() % 60)


def cards_for(taken: int, wanted: int, critical: bool) -> int:
    """How many cards ``wanted`` messages are, when the member has got ``taken`` this minute.

    As many as wanted, 1 when they have to share a card, 0 when they have to wait.
    """
    if taken + wanted <= (SINGLY if critical else ORDINARY):
        return wanted
    return 1 if critical and taken < MOST else 0
