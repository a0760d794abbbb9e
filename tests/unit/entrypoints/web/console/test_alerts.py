"""Rows of the board: each state's limit, what is late, what comes first, figures by day."""

from datetime import date, timedelta

import msgspec
import pytest

from notify.critical.model import Act
from tests.helpers.alerts import AT, alert_in
from wx_backend.entrypoints.web.console import alerts, critical_log

MINUTE = timedelta(minutes=1)


def at(state: str, minutes: int, **more: object):
    """An alert whose last act was so many minutes after it was raised."""
    act = Act(member="m", name="n", role="r", at=AT + minutes * MINUTE)
    return alert_in(state, raised_at=AT, received=act, physician=act, handled=act, **more)


def limits():
    return alert_in("RAISED").limits


def test_each_state_has_its_own_limit():
    given = limits()
    found = {
        state: alerts.limit_of(at(state, 2))
        for state in ("RAISED", "RECEIVED", "PHYSICIAN_NOTIFIED", "HANDLED")
    }
    assert found == {
        "RAISED": AT + given.receive * MINUTE,
        "RECEIVED": AT + (2 + given.notify) * MINUTE,
        "PHYSICIAN_NOTIFIED": AT + (2 + given.handle) * MINUTE,
        "HANDLED": AT + 2 * MINUTE + timedelta(hours=given.note_hours),
    }
    assert alerts.limit_of(alert_in("CLOSED", open=False)) is None


def test_late_is_what_has_passed_its_limit_to_the_second():
    limit = alerts.limit_of(at("RAISED", 0))
    assert not alerts.row(at("RAISED", 0), limit - timedelta(seconds=1)).late
    assert alerts.row(at("RAISED", 0), limit).late


def test_the_most_urgent_stands_first_and_what_ended_last():
    shown = [
        alert_in("CLOSED", id="closed", open=False, raised_at=AT),
        at("HANDLED", 0, id="handled"),
        at("RAISED", 0, id="b", severity="B"),
        at("RECEIVED", 9, id="later"),
        at("RAISED", 0, id="first"),
    ]
    ordered = [one.alert.id for one in alerts.rows(shown, AT)]
    assert ordered == ["first", "later", "b", "handled", "closed"]


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        ({}, True),
        ({"ward": "W03"}, True),
        ({"ward": "W05"}, False),
        ({"area": "OUTPATIENT"}, False),
        ({"state": "RAISED"}, True),
        ({"state": alerts.OVERDUE}, False),
    ],
)
def test_a_filter_shows_what_fits(asked, seen):
    row = alerts.row(at("RAISED", 0, ward="W03", area="INPATIENT"), AT)
    assert alerts.Filter(**asked).shows(row) is seen


def test_the_figures_count_open_ones():
    shown = [
        alert_in("CLOSED", open=False),
        at("RAISED", 0, supervised=True),
        at("RECEIVED", 0),
    ]
    late = AT + timedelta(hours=1)
    counts = alerts.counts(alerts.rows(shown, late))
    assert counts == alerts.Counts(raised=1, received=1, notified=0, handled=0, late=2, gaps=1)


def test_a_month_has_every_day_that_has_come():
    one = msgspec.structs.replace(alert_in("RAISED"), raised_at=AT)
    month = AT.date().replace(day=1)
    days = alerts.by_day([one], month, month + timedelta(days=2), "Asia/Shanghai")
    assert len(days) >= 3
    assert sum(map(len, days.values())) == 1
    whole = alerts.by_day([], date(2026, 2, 1), date(2026, 11, 1), "Asia/Shanghai")
    assert list(whole)[-1] == "2026-02-28"


def test_a_line_of_the_log_says_who_what_when_and_what_was_missing():
    told = alert_in("CLOSED", gaps=("duty_nurse:nobody_on_duty",))
    received = msgspec.structs.replace(told.received, value="2.6", device="card")
    line = critical_log.row(msgspec.structs.replace(told, received=received), "Asia/Shanghai")
    said = dict(zip(critical_log.HEADS, line, strict=True))
    assert (said["性别年龄"], said["复述"], said["接收地址与设备"]) == ("女 46 岁", "2.6", "card")
    assert (said["出结果时间"], said["接收时间"]) == ("2026-11-24 08:30:00", "2026-11-24 08:32:00")
    assert said["缺岗或未送达"] == "值班护士：无人值班"
    blank = critical_log.row(alert_in("RAISED"), "Asia/Shanghai")
    assert len(blank) == len(critical_log.HEADS)
