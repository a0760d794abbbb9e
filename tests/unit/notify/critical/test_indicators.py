"""The indicators of a month, by hand."""

from datetime import timedelta

from notify.critical.indicators import Share, Spread, indicators
from tests.helpers.alerts import AT, act, alert, alert_in


def test_of_nothing():
    found = indicators([])
    assert (found.alerts, found.notified, found.notified.percent) == (0, Share(0, 0), None)
    assert found.receiving == Spread(None, None, None)


def test_a_month():
    late = alert_in("PHYSICIAN_NOTIFIED", received=act(minutes=6), physician=act("li", 11), rung=1)
    found = indicators(
        [
            alert_in("CLOSED"),
            alert_in("HANDLED", handled=act("li", 40)),
            late,
            alert(supervised=True, misreads=2),
            alert_in("RECALLED", received=None, physician=None, handled=None, closed=None),
            alert_in("FALSE_ALARM", handled=None, closed=None),
        ]
    )
    assert found.alerts == 6
    assert found.notified == Share(4, 5)
    assert found.received_in_time == Share(3, 5)
    assert found.in_time == Share(3, 5)
    assert found.handled_in_time == Share(1, 4)
    assert (found.closed, found.closed.percent) == (Share(1, 5), 20.0)
    assert (found.escalated, found.recalled, found.refuted) == (1, 1, 1)
    assert (found.supervised, found.misread) == (1, 1)
    assert found.receiving == Spread(120, 120, 360)
    assert found.notifying == Spread(240, 240, 660)
    assert found.handling == Spread(960, 2160, 2160)


def test_in_time_counts_from_the_result_itself():
    early = AT - timedelta(minutes=20)
    assert indicators([alert_in("CLOSED", resulted_at=early)]).in_time == Share(0, 1)
    assert indicators([alert_in("CLOSED")]).in_time == Share(1, 1)
