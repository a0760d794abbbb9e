"""Indicators of critical values over a period. Pure.

通报率 and 通报及时率 are those of the national laboratory quality indicators of 2015 (国卫办医函
〔2015〕252号); the others are in-house (clinical.md 1.5). What was taken back before anybody had
received it did not have to be notified.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from notify.critical.model import Act, Alert


class Share(msgspec.Struct, frozen=True):
    """``part`` of ``whole``; ``percent`` has two decimals and is None of nothing."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        return round(100 * self.part / self.whole, 2) if self.whole else None


class Spread(msgspec.Struct, frozen=True):
    """Whole seconds that half, three quarters and nine tenths do not exceed; None of nothing."""

    median: int | None
    p75: int | None
    p90: int | None


class Indicators(msgspec.Struct, frozen=True, kw_only=True):
    """Each share with the Chinese name of its indicator.

    Args:
        notified: 危急值通报率: received by somebody on duty.
        in_time: 危急值通报及时率: from the result to the physician, within the limits for receiving
            and notifying together.
        received_in_time: 接收及时率: read back within the limit.
        handled_in_time: 处置及时率: of those a physician was notified of, handled within the limit.
        closed: 闭环率: written into the course of disease.
        escalated: climbed beyond the first rung.
        recalled, refuted: taken back by the laboratory; false alarms.
        supervised: a rung had nobody, and the quality office was told.
        misread: with at least one wrong read-back.
        receiving: from the alert to the read-back; ``notifying`` from the result to the physician;
            ``handling`` from there until something was done.
    """

    alerts: int
    notified: Share
    in_time: Share
    received_in_time: Share
    handled_in_time: Share
    closed: Share
    escalated: int
    recalled: int
    refuted: int
    supervised: int
    misread: int
    receiving: Spread
    notifying: Spread
    handling: Spread


def indicators(alerts: Iterable[Alert]) -> Indicators:
    """Of alerts raised in one period."""
    known = list(alerts)
    due = [one for one in known if one.received or one.state != "RECALLED"]
    notified = [one for one in due if one.physician]
    return Indicators(
        alerts=len(known),
        notified=_share(due, lambda one: one.received is not None),
        in_time=_share(due, _in_time),
        received_in_time=_share(
            due, lambda one: _within(one.raised_at, one.received, one.limits.receive)
        ),
        handled_in_time=_share(
            notified, lambda one: _within(one.physician.at, one.handled, one.limits.handle)
        ),
        closed=_share(due, lambda one: one.state == "CLOSED"),
        escalated=sum(one.rung > 0 for one in known),
        recalled=sum(one.state == "RECALLED" for one in known),
        refuted=sum(one.state == "FALSE_ALARM" for one in known),
        supervised=sum(one.supervised for one in known),
        misread=sum(one.misreads > 0 for one in known),
        receiving=_spread((one.raised_at, one.received) for one in due),
        notifying=_spread((one.resulted_at, one.physician) for one in due),
        handling=_spread((one.physician.at, one.handled) for one in notified),
    )


def _in_time(one: Alert) -> bool:
    """From the result; a message that came late counts against nobody's minutes but the sum's."""
    return _within(one.resulted_at, one.physician, one.limits.receive + one.limits.notify)


def _within(start: datetime, act, minutes: int) -> bool:
    return act is not None and act.at <= start + timedelta(minutes=minutes)


def _share(alerts: list[Alert], true_of) -> Share:
    return Share(sum(bool(true_of(one)) for one in alerts), len(alerts))


def _spread(acts: Iterable[tuple[datetime, Act | None]]) -> Spread:
    """By nearest rank, of what has happened."""
    seconds = sorted((act.at - start).total_seconds() for start, act in acts if act)
    ranks = (math.ceil(part * len(seconds) / 100) - 1 for part in (50, 75, 90))
    return Spread(*(round(seconds[rank]) if seconds else None for rank in ranks))
