"""The platforms' double as a process, for tests that speak the real wire."""

import socket
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

import httpx

from tests.helpers.http import PLAIN
from tests.helpers.ports import kept_port
from wx_backend.entrypoints.embedded.ports import HOST
from wx_backend.entrypoints.embedded.process import Child
from wx_backend.entrypoints.sandbox.keys import load_or_make

KEYS = "keys.json"


@cache
def _keys() -> bytes:
    with TemporaryDirectory() as home:
        load_or_make(Path(home))
        return (Path(home) / KEYS).read_bytes()


def furnished(home: Path) -> Path:
    """``home`` for a sandbox, with credentials already: each process of a run makes them once."""
    (home / KEYS).write_bytes(_keys())
    return home


class Sandbox:
    """`with Sandbox(home) as sandbox:` gives `url` (platforms), `phone_url` and `web_port` (ours).

    `environment` are the settings that point the product at it.
    """

    def __init__(self, home: Path, speed: float = 600.0) -> None:
        """The platforms' waits (retries, settlement) are divided by `speed`."""
        self.home = home
        self._kept = [kept_port() for _ in range(3)]
        self.port, self.phone_port, self.web_port = (one.getsockname()[1] for one in self._kept)
        self.url = f"http://{HOST}:{self.port}"
        self.phone_url = f"http://{HOST}:{self.phone_port}"
        self.web_url = f"http://{HOST}:{self.web_port}"
        self._child = Child(
            "sandbox",
            [
                *(sys.executable, "-m", "wx_backend.entrypoints.sandbox"),
                *("--port", str(self.port), "--phone-port", str(self.phone_port)),
                *("--web", self.web_url, "--home", str(home), "--speed", str(speed)),
            ],
            home / "sandbox.log",
        )

    @property
    def environment(self) -> dict[str, str]:
        return {
            "WX_WECHAT_API_URL": f"{self.url}/wx",
            "WX_WECHAT_OPEN_URL": f"{self.url}/open",
            "WX_WECHAT_PAY_URL": self.url,
            "WX_ALIPAY_URL": self.url,
            "WX_ALIPAY_OPEN_URL": f"{self.url}/open/alipay",
            "WX_ALIPAY_CASHIER_URL": self.url,
            "WX_ALIPAY_BILL_URL": self.url,
            "WX_SMS_URL": f"{self.url}/sms",
            "WX_WECOM_API_URL": f"{self.url}/qy",
            "WX_PUBLIC_URL": self.phone_url,
            "WX_PORT": str(self.web_port),
        }

    def __enter__(self) -> "Sandbox":
        self._child.start()
        self._child.wait_ready(lambda: all(map(_listens, (self.port, self.phone_port))))
        return self

    def forget(self) -> None:
        """It is as on its first day: no books, messages, tokens, followers, menus, faults."""
        with httpx.Client(**PLAIN, timeout=10) as http:
            http.post(f"{self.url}/_ctl/clear", json={"what": "all"}).raise_for_status()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.stop()
        for one in self._kept:
            one.close()


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=0.5):
            return True
    except OSError:
        return False
