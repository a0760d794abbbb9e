"""What the laboratory is told of its critical values, and how long it is tried. Pure."""

from datetime import datetime, timedelta

import msgspec

from wx_backend.base import ids
from wx_backend.base.machine import Machine

DUE, SENT, REFUSED, PARKED = "DUE", "SENT", "REFUSED", "PARKED"

CONFIRMATION = Machine(
    name="confirmation",
    states=frozenset({DUE, SENT, REFUSED, PARKED}),
    initial=DUE,
    transitions={
        (DUE, "accept"): SENT,
        (DUE, "again"): DUE,
        (DUE, "refuse"): REFUSED,
        (DUE, "park"): PARKED,
        (REFUSED, "replay"): DUE,
        (PARKED, "replay"): DUE,
    },
    terminal=frozenset({SENT}),
)

WAITS = (5, 15, 60, 300, 900, 1800)
"""Seconds before each new try; from then on every hour."""

HOUR = 3600
LONGEST = timedelta(days=7)
"""So long a LIS may be silent before a person is asked to tell it."""

CONTROL_ID = 20
"""Characters of MSH-10 that a LIS of any version takes."""

TASK = "lis_confirmation"
"""Kind of the task of somebody who has to tell the laboratory by telephone."""

NO_CHANNEL = "no_channel"
"""The hospital has a LIS that is told, but not the one that sent this report."""


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One state of one alert, on its way to the LIS that reported the result.

    Args:
        control_id: MSH-10: the same at every try, so that the LIS drops a repetition.
        source: the LIS, ``application|facility``; ``answers`` is the control id of its message.
        told: the alert's state; ``number`` and ``name`` are who brought it about at ``acted_at``.
        measures: what was done, in words.
        at: when the LIS began to be told.
        reason: why the last try failed.
    """

    id: str
    inst: str
    state: str = DUE
    control_id: str
    alert: str
    source: str
    answers: str
    report: str
    specimen_no: str
    item_code: str
    item_name: str
    loinc: str
    told: str
    number: str
    name: str
    role: str
    acted_at: datetime
    channel: str
    measures: str
    trace: str
    at: datetime
    tries: int = 0
    reason: str = ""
    sent_at: datetime | None = None


def confirmation_id(alert: str, told: str) -> str:
    """The same state of the same alert is told once, however often the event comes."""
    return ids.derive("cfm", alert, told)


def control_id(key: str) -> str:
    return ids.derive("c", key)[:CONTROL_ID]


def next_try(tries: int, since: timedelta) -> timedelta | None:
    """How long to wait after the ``tries``-th failure (from 1); None when a person must do it."""
    if since >= LONGEST:
        return None
    return timedelta(seconds=WAITS[tries - 1] if tries <= len(WAITS) else HOUR)
