"""Crash at every write: a story is killed after its n-th write, started again, and must balance."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pymongo.database import Database

from tests.drill import books, critical_story, list_stories, repair_story, scene, stories
from tests.drill.kept import Kept
from tests.drill.product import Product
from tests.drill.telling import Plot, Stand
from tests.helpers.ports import kept_port
from tests.helpers.sandbox import Sandbox as SandboxProcess
from wx_backend.base import ids
from wx_backend.entrypoints.cli.home import read_env
from wx_backend.entrypoints.demo.phone import Refused, Sandbox

PLOTS: dict[str, Plot] = {
    **stories.PLOTS,
    **list_stories.PLOTS,
    "critical value": critical_story.Plot(),
    **repair_story.PLOTS,
}

CLEARED = (
    "books", "alipay", "callbacks", "messages", "wecom", "lis", "his", "bills", "calls", "faults",
)  # fmt: skip
"""What each telling finds empty in the sandbox."""

TURN = 0.5
"""Each time a fact takes so many seconds more, the business clock goes on by half a minute."""

TURNS = 60
"""After so many a fact that does not come true is an error: half an hour of the hospital's, however
long a busy machine takes for it or to start the product again.
"""


class Outcome(NamedTuple):
    """One telling: where it died (None when it did not), what does not balance."""

    died_in: str | None
    problems: list[str]
    unknown: int
    seconds: float


class Drill:
    """Tells stories on one mongod and one sandbox, in a world that is made once and is for each of
    them as it was.
    """

    def __init__(self, mongo_uri: str, platforms: SandboxProcess, log_file: Path):
        self._platforms, self._log = platforms, log_file
        self._mongo = scene.client(mongo_uri)
        self._line = kept_port()
        self._sandbox = Sandbox(platforms.url)
        lis = self._sandbox.get("lis/address")
        credentials = {
            **read_env(platforms.home / "sandbox.env"),
            "WX_SANDBOX_LIS_PORT": str(lis["port"]),
            "WX_SANDBOX_HIS_URL": f"{platforms.url}/his",
        }
        self._settings = scene.settings_for(
            mongo_uri, ids.new("crash"), platforms.environment, self._line.getsockname()[1]
        )
        self._world = scene.make_world(self._settings, credentials)
        self._database = self._mongo[self._settings.mongo_db]
        self._kept = Kept(self._database)

    def every(self, name: str, step: int = 1, offset: int = 0) -> Iterator[tuple[int, Outcome]]:
        """(n, outcome) for the n-th write, each ``step``-th, until a telling survives; n from 1."""
        n = offset + 1
        while True:
            outcome = self.tell(PLOTS[name], n)
            yield n, outcome
            if outcome.died_in is None:
                return
            n += step

    def tell(self, plot: Plot, crash_after: int) -> Outcome:
        """One telling."""
        began = time.monotonic()
        self._sandbox.post("clear", what=CLEARED)
        self._kept.restore()
        with Product(self._settings, self._log) as product:
            telling = Telling(self._platforms, self._sandbox, self._database, product, self._world)
            story = telling.run(plot, crash_after)
        problems, unknown = plot.judge(story, self._database, self._sandbox)
        return Outcome(telling.died_in, problems, unknown, time.monotonic() - began)

    def close(self) -> None:
        self._mongo.drop_database(self._database)
        self._mongo.close()
        self._line.close()


class Telling:
    """One story with its product, which is started again when it has died."""

    def __init__(
        self,
        platforms: SandboxProcess,
        sandbox: Sandbox,
        database: Database,
        product: Product,
        world: scene.World,
    ):
        self._sandbox, self._database, self._product = sandbox, database, product
        self._web, self._world = platforms.web_url, world
        self._clockwork = scene.Clockwork(database)
        settings = product.settings
        self._stand = Stand(
            web=platforms.phone_url,
            gateway=f"{settings.hl7_host}:{settings.hl7_port}",
            sandbox=sandbox,
            clockwork=self._clockwork,
            world=world,
            stop=partial(scene.stop_session, settings, world.line, world.day),
            inside=partial(scene.inside, settings),
            until=self._until,
            revive=self._revive,
        )
        self._step = "start"
        self.died_in: str | None = None

    def run(self, plot: Plot, crash_after: int) -> Any:
        """The story, told. Raises TimeoutError when something never comes true."""
        self._product.start(crash_after)
        for console, path in self._world.callbacks.items():
            self._until("address taken", partial(self._entered, console, self._web + path))
        story = plot.begin(self._stand)
        for self._step in plot.steps:
            (self._told if self._step == "told" else getattr(story, self._step))()
        self._step = "end"
        self._told()
        self._until("answer to each callback", self._answered)
        self._until("end of all work", lambda: not books.leftovers(self._database))
        return story

    def _entered(self, console: str, url: str) -> bool:
        """The platform's console takes our address, which has to answer: it may have died already,
        after a write of what it does of itself.
        """
        try:
            self._sandbox.post(console, url=url)
        except Refused:
            return False
        return True

    def _told(self) -> None:
        self._until("everybody told", lambda: not books.untold(self._database))

    def _answered(self) -> bool:
        """A pay platform goes on until it is answered; the account tries only three times."""
        account = ("done", "given_up")
        ends = {"pay": ("done",), "alipay": ("done",)}
        ends |= {"event": account, "mini": account, "wecom": account}
        calls = self._sandbox.get("journal")["callbacks"]
        return all(one["state"] in ends[one["channel"]] for one in calls)

    def _revive(self) -> None:
        """Another try is due: the product is started again if it has died."""
        if self._product.crashed:
            self.died_in = self._step
            self._clockwork.end_leases()
            self._product.start()
        else:
            time.sleep(0.02)

    def _until(self, what: str, holds: Callable[[], Any]) -> None:
        for _ in range(TURNS):
            end = time.monotonic() + TURN
            while time.monotonic() < end:
                if holds():
                    return
                self._revive()
            self._clockwork.move(seconds=30)
        left = dict(books.leftovers(self._database))
        raise TimeoutError(f"{self._step}: no {what} in {TURNS} turns of {TURN} s, left {left}")
