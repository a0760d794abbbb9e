"""What a figure runs on: the product's own processes, started by the product's own commands.

A folder of its own under ``var/bench``, an embedded mongod (majority + journal on a real disk) and
Redis, the platform sandbox, a hospital, web processes on one port, a worker, and the reference.
"""

import asyncio
import itertools
import resource
import shutil
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pymongo import MongoClient
from pymongo.database import Database as Tables

from bench import reference
from bench.figures import Round
from bench.load import HOST, Load, Outcome, Plan
from wx_backend.base.context import House
from wx_backend.base.settings import Settings, load
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.cli.home import Home, read_env
from wx_backend.entrypoints.demo import callbacks
from wx_backend.entrypoints.demo.phone import Sandbox
from wx_backend.entrypoints.demo.world import HOSPITAL
from wx_backend.entrypoints.embedded.mongod import Mongod
from wx_backend.entrypoints.embedded.ports import pick_free
from wx_backend.entrypoints.embedded.process import Child
from wx_backend.entrypoints.embedded.redis import Redis

T = TypeVar("T")
BASE = Path("var/bench")
CLI = "wx_backend.entrypoints.cli.main"


class Stage:
    """``with Stage() as stage:`` — servers, sandbox, indexes and the demo hospital are there.

    ``web(n)`` starts n web processes, ``worker()`` a worker, ``close()`` ends them. Everything ends
    with the block.
    """

    def __init__(self, cache_gb: float = 1.0, serve: tuple[str, ...] = (CLI, "serve")):
        """``serve``: module and arguments of a web process."""
        self._cache_gb, self._serve = cache_gb, serve

    def __enter__(self) -> "Stage":
        BASE.mkdir(parents=True, exist_ok=True)
        self.home = Path(tempfile.mkdtemp(dir=BASE)).resolve()
        self._mongod, self._redis = Mongod(self.home, self._cache_gb), Redis(self.home)
        self._children: list[Child] = []
        self._workers: list[Child] = []
        self._serial = itertools.count(1)
        self.webs: list[Child] = []
        self.port, self._hello = pick_free(), pick_free()
        try:
            self._set_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed([*self._children, *self._workers, *self.webs]):
            child.stop()
        for server in (self._redis, self._mongod):
            server.stop()
        if hasattr(self, "load"):
            self.load.__exit__()
        shutil.rmtree(self.home)

    def _set_up(self) -> None:
        _allow_many_files()
        self.load = Load().__enter__()
        self._mongod.start()
        self._redis.start()
        sandbox, phone = pick_free(), pick_free()
        self.sandbox_url = f"http://{HOST}:{sandbox}"
        self.environment = {
            **Home(self.home).secrets(),
            "WX_ENV": "demo",
            "WX_BEHIND_PROXY": "true",
            "WX_MONGO_URI": self._mongod.uri,
            "WX_BROKER_URL": self._redis.uri,
            "WX_PORT": str(self.port),
            "WX_PUBLIC_URL": f"http://{HOST}:{phone}",
            "WX_WECHAT_API_URL": f"{self.sandbox_url}/wx",
            "WX_WECHAT_OPEN_URL": f"{self.sandbox_url}/open",
            "WX_WECHAT_PAY_URL": self.sandbox_url,
            "WX_ALIPAY_URL": self.sandbox_url,
            "WX_ALIPAY_OPEN_URL": f"{self.sandbox_url}/open/alipay",
            "WX_ALIPAY_CASHIER_URL": self.sandbox_url,
            "WX_ALIPAY_BILL_URL": self.sandbox_url,
            "WX_SMS_URL": f"{self.sandbox_url}/sms",
            "WX_WECOM_API_URL": f"{self.sandbox_url}/qy",
        }
        self.settings: Settings = load(self.environment)
        self.serve("bench.reference", self._hello)
        self._start(
            "sandbox",
            "wx_backend.entrypoints.sandbox",
            *("--port", str(sandbox), "--phone-port", str(phone)),
            *("--web", f"http://{HOST}:{self.port}", "--home", str(self.home / "sandbox")),
        ).wait_ready(lambda: _listens(sandbox) and _listens(phone))
        platforms = read_env(self.home / "sandbox" / "sandbox.env")
        if self._start("load", "wx_backend.entrypoints.demo.load", env=platforms).wait():
            raise RuntimeError((self.home / "log" / "load.log").read_text())

    def _start(self, name: str, module: str, *arguments: str, env: dict | None = None) -> Child:
        child = self._child(name, module, *arguments, env=env)
        self._children.append(child)
        return child

    def _child(self, name: str, module: str, *arguments: str, env: dict | None = None) -> Child:
        child = Child(
            name,
            [sys.executable, "-m", module, *arguments],
            self.home / "log" / f"{name}.log",
            env={**self.environment, **(env or {})},
        )
        child.start()
        return child

    def web(self, processes: int = 1) -> None:
        """Ends the web processes there are and starts as many anew, each with a fresh view."""
        for child in self.webs:
            child.stop()
        numbers = itertools.islice(self._serial, processes)
        self.webs = [self._child(f"web{n}", *self._serve) for n in numbers]
        for child in self.webs:
            child.wait_ready(lambda child=child: _said(child, "web ready"))

    def serve(self, module: str, port: int) -> None:
        """A program that listens on the port it is told."""
        child = self._start(module.rpartition(".")[2], module, str(port))
        child.wait_ready(lambda: _listens(port))

    def end_redis(self) -> None:
        """From now on there is no broker."""
        self._redis.stop()

    def worker(self, lane: str = "") -> None:
        """One for everything, or for nothing but a lane."""
        name = f"{lane or 'worker'}{next(self._serial)}"
        child = self._child(name, CLI, "worker", *(("--lane", lane) if lane else ()))
        self._workers.append(child)
        child.wait_ready(lambda: _said(child, "worker child ready"))

    def close(self) -> None:
        """Ends web processes and workers; servers and data stay."""
        for child in [*self.webs, *self._workers]:
            child.stop()
        self.webs, self._workers = [], []

    def gateway(self, port: int) -> None:
        """One interface gateway of the demo hospital, on ``port``."""
        env = {"WX_HL7_PORT": str(port), "WX_HL7_INSTITUTION": HOSPITAL.id}
        child = self._start("gateway", CLI, "gateway", env=env)
        child.wait_ready(lambda: _said(child, "gateway ready"))

    def call_back(self) -> None:
        """The platforms know where to call; a web process runs."""
        callbacks.enter(Sandbox(self.sandbox_url), self.within(callbacks.addresses))

    def within(self, work: Callable[[House], Awaitable[T]]) -> T:
        """The result of ``work`` with a house of this process, on the stage's database."""

        async def run() -> T:
            house = wiring.build(self.settings)
            try:
                return await work(house)
            finally:
                wiring.close(house)

        return asyncio.run(run())

    def tables(self) -> "Tables[dict]":
        """The database itself, for counting what is in it."""
        client: MongoClient[dict] = MongoClient(self.settings.mongo_uri, tz_aware=True)
        return client[self.settings.mongo_db]

    def hello(self, seconds: float, connections: int = 64) -> float:
        """The reference: answers a second of the bare handler."""
        (outcome,) = self.load.run(reference.plan(self._hello, seconds, connections))
        assert not outcome.errors, outcome.errors
        return outcome.rate

    def compare(self, seconds: float, *plans: Plan) -> tuple[Round, list[Outcome]]:
        """The first plan's rate against the reference before and after it, with as many clients.

        Raises:
            AssertionError: an answer was not what its plan expects.
        """
        connections = plans[0].connections
        before = self.hello(seconds, connections)
        outcomes = self.load.run(*plans)
        after = self.hello(seconds, connections)
        for outcome in outcomes:
            assert not outcome.errors, outcome.labels
        return Round(outcomes[0].rate, (before + after) / 2), outcomes


@contextmanager
def mongod() -> Iterator[str]:
    """Only a mongod, for what needs no more; its address."""
    BASE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BASE) as home:
        server = Mongod(Path(home), cache_gb=1.0)
        server.start()
        try:
            yield server.uri
        finally:
            server.stop()


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=0.5):
            return True
    except OSError:
        return False


def _said(child: Child, words: str) -> bool:
    return words in child.tail(200)


def _allow_many_files() -> None:
    """A client and a server may have thousands of connections; children inherit it."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
