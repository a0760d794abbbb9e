"""How many texts one person gets, and when the provider is asked what became of one (pure).

Providers let one number have a text a minute, five an hour and ten a day unless told otherwise
(Alibaba Cloud; Tencent Cloud: one in thirty seconds). Whoever is over it waits, and who has to know
before that is rung up by a person.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from notify.messages.model import until_tomorrow
from wx_backend.base.clock import local_date

SPACED = ((timedelta(minutes=1), 1), (timedelta(hours=1), 5))

ASKED_AFTER = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=9),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
)
"""Since it was sent. Carriers mostly answer within seconds and give up after three days; four of
these come before a person is asked to ring about a text that was not answered for.
"""


def wait_for(sent: Sequence[datetime], now: datetime, most: int) -> timedelta | None:
    """How long somebody who was texted then waits for the next text; None: it may go now.

    ``most``: on one day of the calendar in Shanghai.
    """
    if sum(local_date(at) == local_date(now) for at in sent) >= most:
        return until_tomorrow(now)
    waits = []
    for span, times in SPACED:
        within = sorted(at for at in sent if at > now - span)
        if len(within) >= times:
            waits.append(within[-times] + span - now)
    return max(waits, default=None)


def counted(sent: Sequence[datetime], now: datetime) -> list[datetime]:
    """Those that still count."""
    return [at for at in sent if at > now - timedelta(hours=1) or local_date(at) == local_date(now)]


def next_ask(asks: int) -> timedelta | None:
    """From the ``asks``-th question (from 1) to the next one; None: the last was asked."""
    if asks >= len(ASKED_AFTER):
        return None
    return ASKED_AFTER[asks] - ASKED_AFTER[asks - 1]
