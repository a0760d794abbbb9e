"""The Celery processes: workers that send, and beat that nudges.

A prefork worker keeps one event loop in each child, made after the fork together with its house and
its sweeper. The sweeper does all due work from MongoDB whether or not the broker is there; Celery's
tasks only make it happen at once.
"""

import logging

from celery import Celery
from celery.signals import setup_logging, worker_process_init, worker_process_shutdown

import notify.relay.tasks
from wx_backend.base import log, metrics, settings
from wx_backend.base.bridge import LoopThread
from wx_backend.base.context import House
from wx_backend.base.outbox import CRITICAL, LANES, RELAY, celery_app
from wx_backend.base.settings import Settings
from wx_backend.base.sweeper import Sweep, Sweeper
from wx_backend.entrypoints import upkeep, wiring

logger = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
PROCESSES = 2


class Child:
    """What one worker child has: its loop, house and sweeper."""

    def __init__(self, config: Settings, urgent: bool = False):
        self.loop = LoopThread("worker")
        self._config = config
        self._urgent = urgent
        self._house: House | None = None
        self._sweeper: Sweeper | None = None
        self._lanes: dict[str, list[Sweep]] = {}

    def start(self, **_: object) -> None:
        self.loop.run(self._start())

    async def _start(self) -> None:
        self._house = wiring.build(self._config)
        await upkeep.follow_common(self._house)
        self._lanes = wiring.lanes()
        swept = wiring.urgent_sweeps() if self._urgent else wiring.sweeps()
        self._sweeper = Sweeper(self._house, [*swept, Sweep("house", self._keep_up)])
        self._sweeper.start()
        metrics.serve(self._config.metrics_port)
        logger.info("worker child ready")

    async def _keep_up(self, ctx) -> int:
        await upkeep.follow_common(ctx.house)
        return 0

    async def pump(self, lane: str) -> int:
        return await wiring.pump_lane(self._house, self._lanes[lane])

    def stop(self, **_: object) -> None:
        self.loop.run(self._stop())
        self.loop.stop()

    async def _stop(self) -> None:
        await self._sweeper.stop()
        wiring.close(self._house)


def _app(config: Settings) -> Celery:
    app = celery_app(config.broker_url)
    setup_logging.connect(lambda **_: _configure_log(config), weak=False)
    app.conf.beat_schedule = {
        f"nudge {lane}": {
            "task": name,
            "schedule": BEAT_SECONDS,
            "options": {"queue": lane, "expires": BEAT_SECONDS},
        }
        for lane, name in LANES.items()
    }
    return app


def _configure_log(config: Settings) -> None:
    """Ours for Celery too, without its lines for each task."""
    log.configure(config.log_level)
    for name in ("celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(name).setLevel(logging.WARNING)


def run_worker(argv: list[str], lane: str | None = None) -> None:
    """``wx-backend worker``: further arguments are Celery's own.

    A worker of the critical lane does nothing else, so that no backlog of ordinary work stands
    before a critical value; any other worker sweeps everything all the same.
    """
    config = settings.load()
    app, child = _app(config), Child(config, urgent=lane == CRITICAL)
    notify.relay.tasks.register(app, child.loop, child.pump)
    worker_process_init.connect(child.start, weak=False)
    worker_process_shutdown.connect(child.stop, weak=False)
    processes = 1 if lane == CRITICAL else PROCESSES
    defaults = [
        *("--pool=prefork", f"--concurrency={processes}"),
        *(f"--queues={lane or ','.join((CRITICAL, RELAY))}", f"--hostname={lane or 'worker'}@%h"),
    ]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["worker", *defaults, *quiet, *argv])


def run_beat(argv: list[str]) -> None:
    """``wx-backend beat``: further arguments are Celery's own."""
    app = _app(settings.load())
    app.start(["beat", *argv])
