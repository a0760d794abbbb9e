"""The nudge: tells the workers through Celery that something is due, and never waits.

``apply_async`` can hold its caller for 40 s on a hung broker, so a daemon thread does it, with
short time-outs; lanes asked for while it is busy are coalesced, and failures are dropped. A lost
nudge costs a second: the sweeper finds what is due in MongoDB.
"""

import logging
import threading
import time
from collections.abc import Callable

from celery import Celery

from wx_backend.base import metrics

log = logging.getLogger(__name__)

RELAY = "relay"
CRITICAL = "critical"
LANES = {RELAY: "wx.pump", CRITICAL: "wx.pump_critical"}


def celery_app(broker_url: str) -> Celery:
    """The Celery application of this product: no results, JSON, time-outs on every socket."""
    app = Celery("wx", broker=broker_url or "memory://", set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_acks_late=False,  # a lost task is found by the sweep; a repeated one only costs time
        task_default_queue=RELAY,
        task_routes={"wx.pump_critical": {"queue": CRITICAL}},
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,  # nobody's orders; two of one name on a machine may run
        broker_connection_timeout=1,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "socket_timeout": 5,
            "socket_connect_timeout": 1,
            "max_retries": 0,
        },
        enable_utc=True,
    )
    return app


GAPS = {RELAY: 0.15, CRITICAL: 0.02}
"""Seconds between two hints of a lane: each makes a worker look through every outbox, and what is
ordinary may wait that long for company.
"""


class Nudge:
    """Coalescing, non-blocking hints to the workers."""

    def __init__(self, broker_url: str, rest_seconds: float = 1.0):
        """``rest_seconds``: after a broker that did not take a hint."""
        self._app = celery_app(broker_url) if broker_url else None
        self._rest = rest_seconds
        self._wanted: set[str] = set()
        self._near: list[Callable[[str], None]] = []
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._closing = False

    def near(self, hear: Callable[[str], None]) -> None:
        """``hear(lane)`` is told of each nudge in this process, on the thread that gives it."""
        self._near.append(hear)

    def __call__(self, lane: str = RELAY) -> None:
        """Something is due in ``lane``. Returns at once, whatever state the broker is in."""
        for hear in self._near:
            hear(lane)
        if self._app is None:
            return
        self._wanted.add(lane)
        if self._thread is None:
            self._thread = threading.Thread(target=self._drain, name="nudge", daemon=True)
            self._thread.start()
        self._wake.set()

    def close(self) -> None:
        self._closing = True
        self._wake.set()

    def _drain(self) -> None:
        """A lane goes out as soon as its gap since the last time is over."""
        after = dict.fromkeys(LANES, 0.0)
        while not self._closing:
            now = time.monotonic()
            wanted = [lane for lane in (CRITICAL, RELAY) if lane in self._wanted]
            due = [lane for lane in wanted if after[lane] <= now]
            if not due:
                self._wake.wait(min((after[lane] for lane in wanted), default=now + 3600) - now)
                self._wake.clear()
                continue
            self._wanted.discard(due[0])
            if self._send(due[0]):
                after[due[0]] = time.monotonic() + GAPS[due[0]]
            else:
                after = dict.fromkeys(LANES, time.monotonic() + self._rest)

    def _send(self, lane: str) -> bool:
        try:
            self._app.send_task(LANES[lane], queue=lane, retry=False, expires=30)
        except Exception as error:  # dropped on purpose: the sweep is behind it
            metrics.NUDGES.labels("dropped").inc()
            log.debug("nudge dropped", extra={"lane": lane, "reason": type(error).__name__})
            return False
        metrics.NUDGES.labels("sent").inc()
        return True
