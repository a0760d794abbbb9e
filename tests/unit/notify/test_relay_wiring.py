import pytest

from notify.relay.service import Relay
from notify.relay.tasks import register
from wx_backend.base.bridge import LoopThread
from wx_backend.base.events import EventType
from wx_backend.base.outbox import CRITICAL, RELAY, celery_app


async def hear(ctx, event):
    """A reaction that is never run here."""


def test_a_reaction_to_an_event_nobody_tells_is_refused():
    with pytest.raises(ValueError, match="boked"):
        Relay([], [EventType("appointment.booked", 1, {})], {"appointment.boked": [hear]})


@pytest.mark.parametrize("name", ["booked", "a.b.c", "Appointment.Booked"])
def test_an_event_whose_name_does_not_fit_the_audit_is_refused(name):
    with pytest.raises(ValueError, match="is not thing"):
        Relay([], [EventType(name, 1, {})], {})


def test_each_lane_has_a_task_that_pumps_it_on_the_process_loop():
    pumped = []

    async def pump(lane: str) -> int:
        pumped.append(lane)
        return 0

    app, loop = celery_app(""), LoopThread()
    register(app, loop, pump)
    try:
        app.tasks["wx.pump"]()
        app.tasks["wx.pump_critical"]()
    finally:
        loop.stop()
    assert pumped == [RELAY, CRITICAL]
