"""Alerts as rows of the board and of the month's log: clocks, filters, figures by group. Pure."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta

import msgspec

from notify.critical.model import UNHANDLED, Alert
from wx_backend.base.clock import local_date
from wx_backend.base.words import Say, as_written
from wx_backend.entrypoints.web.doctor import words

OVERDUE = "OVERDUE"
"""A filter beside the states: past the limit of the state, whatever that is."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An open or just ended alert. ``limit`` is when its state should have been left."""

    alert: Alert
    limit: datetime | None
    clock: words.Clock | None
    reached: int
    missed: tuple[str, ...]

    @property
    def late(self) -> bool:
        return bool(self.clock and self.clock.late)

    @property
    def people(self) -> int:
        return len(self.alert.members)


class Filter(msgspec.Struct, frozen=True):
    """What the viewer asked to see; empty means everything."""

    ward: str = ""
    area: str = ""
    state: str = ""

    def shows(self, row: Row) -> bool:
        """Whether the row is shown."""
        alert = row.alert
        fits = row.late if self.state == OVERDUE else self.state in ("", alert.state)
        return fits and self.ward in ("", alert.ward) and self.area in ("", alert.area)


def limit_of(alert: Alert) -> datetime | None:
    """When the alert has to have left its state; None once it has ended."""
    if not alert.open:
        return None
    minutes = alert.limits
    if alert.state == "RAISED":
        return None if alert.known else alert.raised_at + timedelta(minutes=minutes.receive)
    since, allowed = {
        "RECEIVED": (alert.received, minutes.notify),
        "PHYSICIAN_NOTIFIED": (alert.physician, minutes.handle),
        "HANDLED": (alert.handled, minutes.note_hours * 60),
    }[alert.state]
    return since.at + timedelta(minutes=allowed) if since else None


def row(alert: Alert, now: datetime, say: Say = as_written) -> Row:
    """``known`` alerts, of which only the physician in charge was told, run to their first step."""
    limit = limit_of(alert) or (alert.due_at if alert.open else None)
    latest = {one.member: one for one in alert.told}
    return Row(
        alert=alert,
        limit=limit,
        clock=words.clock(limit, now, say) if limit else None,
        reached=sum(one.reached is True for one in latest.values()),
        missed=tuple(one.name for one in latest.values() if one.reached is False),
    )


def rows(alerts: Iterable[Alert], now: datetime, say: Say = as_written) -> list[Row]:
    """Most urgent first: open before ended, ``A`` before ``B``, then by what runs out next."""

    def urgency(one: Row) -> tuple:
        alert, limit = one.alert, one.limit
        handled = alert.state not in UNHANDLED
        return (not alert.open, handled, alert.severity, limit or alert.raised_at)

    return sorted((row(alert, now, say) for alert in alerts), key=urgency)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """The figures above the board."""

    raised: int
    received: int
    notified: int
    handled: int
    late: int
    gaps: int
    """Alerts with a rung that had nobody, or somebody who could not be reached."""


def counts(shown: Iterable[Row]) -> Counts:
    """Of open alerts."""
    open_ones = [one for one in shown if one.alert.open]
    states = [one.alert.state for one in open_ones]
    return Counts(
        raised=states.count("RAISED"),
        received=states.count("RECEIVED"),
        notified=states.count("PHYSICIAN_NOTIFIED"),
        handled=states.count("HANDLED"),
        late=sum(one.late for one in open_ones),
        gaps=sum(bool(one.alert.supervised or one.missed) for one in open_ones),
    )


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What every page says of alerts nobody has handled.

    Args:
        newest: when the last one was raised, in milliseconds; 0 without any.
        seen: number of the live topic before they were read.
    """

    seen: int
    unhandled: int
    raised: int
    late: int
    newest: int


def watch(shown: Iterable[Row], seen: int) -> Watch:
    """Of alerts that concern the viewer."""
    waiting = [one for one in shown if one.alert.unhandled]
    moments = [one.alert.raised_at.timestamp() for one in waiting]
    return Watch(
        seen=seen,
        unhandled=len(waiting),
        raised=sum(one.alert.state == "RAISED" for one in waiting),
        late=sum(one.late for one in waiting),
        newest=int(max(moments, default=0) * 1000),
    )


def wards(shown: Iterable[Row], names: Mapping[str, str]) -> dict[str, str]:
    """Wards that have alerts now, by code, with their names."""
    codes = sorted({one.alert.ward for one in shown if one.alert.ward})
    return {code: names.get(code, code) for code in codes}


def grouped(alerts: Iterable[Alert], by: Callable[[Alert], str]) -> dict[str, list[Alert]]:
    """Most alerts first."""
    groups: dict[str, list[Alert]] = {}
    for one in alerts:
        groups.setdefault(by(one), []).append(one)
    return dict(sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def by_day(alerts: Iterable[Alert], month: date, today: date, zone: str) -> dict[str, list[Alert]]:
    """By ISO date, every day of the month that has come, in order."""
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = min(following - timedelta(days=1), max(today, month.replace(day=1)))
    days: dict[str, list[Alert]] = {f"{month:%Y-%m}-{n:02}": [] for n in range(1, last.day + 1)}
    for one in alerts:
        days.setdefault(local_date(one.raised_at, zone).isoformat(), []).append(one)
    return dict(sorted(days.items()))


def unit_of(alert: Alert, wards: Mapping[str, str], say: Say = as_written) -> str:
    """``住院 心内一病区``: ward or else department, with its area."""
    place = wards.get(alert.ward, alert.ward) if alert.ward else alert.department
    return f"{say(alert.area_name)} {place}".strip()


def seconds_between(start: datetime, end: datetime | None) -> int | str:
    """For the log: whole seconds, or nothing for what has not happened."""
    return round((end - start).total_seconds()) if end else ""
