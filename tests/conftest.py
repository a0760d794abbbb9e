"""What the whole suite shares: loopback only, one mongod and one Redis a run, one sandbox a worker.

The process that owns the servers is the one pytest was called in: with xdist that is the
controller, which hands the addresses to its workers, so a worker may come and go.
"""

import dataclasses
import gc
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from playwright.async_api import Browser

from tests.helpers import chromium
from tests.helpers.hashing import QUICK
from tests.helpers.loopback import guard
from tests.helpers.ports import kept_ports
from tests.helpers.sandbox import Sandbox
from tests.helpers.servers import Addresses, Servers
from wx_backend.gateways.http import adapter
from wx_backend.identity.signin import passwords

# No test asserts a duration; continuous integration tries the same examples at every run.
settings.register_profile(
    "suite",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")

SERVERS = pytest.StashKey[Servers]()
BROWSER_TESTS = Path(__file__).parent / "browser"
LONGEST = (
    "flows/test_authorisation.py", "flows/test_crash_at_every_write.py",
    "browser/test_console.py", "flows/test_payments_refund.py", "browser/test_critical_board.py",
    "wire/wecom/test_doctor_phone.py", "wire/test_embedded.py",
)  # fmt: skip
"""These begin first, so that no worker is left with a long file while the others are done."""


def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # thousands of tests are collected, and all of them stay
    folder = str(Path(guard.__file__).parent)
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if folder not in inherited:  # an xdist worker is a guarded child already
        guard.install()
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [folder, *inherited]))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """xdist, in the controller, before a worker starts."""
    node.workerinput["servers"] = dataclasses.asdict(_own_servers(node.config).addresses)


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVERS in config.stash:
        config.stash[SERVERS].close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    for item in items:
        if BROWSER_TESTS in item.path.parents:
            item.add_marker(pytest.mark.browser)


def _turn(item: pytest.Item) -> int:
    """When the item's file begins; those that are not among the longest stay as they are."""
    path = item.path.as_posix()
    return next((n for n, one in enumerate(LONGEST) if path.endswith(one)), len(LONGEST))


def pytest_collection_finish() -> None:
    """What is there now stays until the end: nobody needs to look whether it is garbage."""
    gc.enable()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without Chromium a browser test is named as not run; in CI, which installs it, it fails."""
    if item.get_closest_marker("browser") and chromium.find() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(chromium.HOW_TO, pytrace=False)
        pytest.skip(chromium.HOW_TO)


def _own_servers(config: pytest.Config) -> Servers:
    if SERVERS not in config.stash:
        config.stash[SERVERS] = Servers()
    return config.stash[SERVERS]


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """What this process hashes costs little; tests/unit/identity/signin/test_passwords.py looks at
    what it costs the product.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", QUICK)
        yield


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """Name of this process in the run: gw0, gw1, … with xdist, else main."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Addresses:
    """Addresses of the run's mongod and Redis; starts them if nobody has."""
    handed = getattr(request.config, "workerinput", {}).get("servers")
    return Addresses(**handed) if handed else _own_servers(request.config).addresses


@pytest.fixture(scope="session")
def mongo_uri(servers: Addresses) -> str:
    return servers.mongo_uri


@pytest.fixture(scope="session")
def mongo_db_name(worker: str) -> str:
    """A database of this worker's own."""
    return f"wx_test_{worker}"


@pytest.fixture(scope="session")
def broker_url(servers: Addresses, worker: str) -> str:
    """A Redis database of this worker's own (there are 16)."""
    number = int(worker.removeprefix("gw")) % 15 + 1 if worker.startswith("gw") else 0
    return f"{servers.redis_url}/{number}"


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser itself, for Playwright's `executable_path`; only browser tests may ask for it."""
    found = chromium.find()
    assert found, chromium.HOW_TO
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """One browser for a module, in the module's loop."""
    async with chromium.launched(chromium_path) as running:
        yield running


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Nobody listens there, and nobody comes to."""
    with kept_ports(1) as [port]:
        yield port


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform that does not answer is given up early, though not as early as a busy machine
    might make one answer.
    """
    monkeypatch.setattr(adapter, "TIMEOUT", (2.0, 0.8))


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The platforms' double as a process of its own, one per worker; see ``sandbox``."""
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture(scope="module")
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """The worker's sandbox, which knows nothing of the files of tests before this one."""
    sandbox_process.forget()
    return sandbox_process
