"""How long wrong passwords and codes lock somebody out. Pure."""

from datetime import timedelta

MEMBER_TRIES = 5
"""Failures in a row that a staff number may have before each further one costs a wait."""

ADDRESS_TRIES = 20
"""The same for an address, which a whole ward may share."""

FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=1)
FORGOTTEN = timedelta(hours=24)
"""Without a further try, failures count no more."""


def lock_for(tries: int, limit: int) -> timedelta:
    """The wait after the ``tries``-th failure: none, then 1, 2, 4 … minutes, at most an hour."""
    beyond = tries - limit
    if beyond < 0:
        return timedelta()
    return min(LONGEST, FIRST * 2 ** min(beyond, 10))
