"""Everything a demo runs, from databases to beat, in the order each stands on the one before."""

import os
import socket
import sys
import time

from wx_backend.entrypoints.cli.home import Home, read_env
from wx_backend.entrypoints.cli.progress import Progress
from wx_backend.entrypoints.demo.world import HOSPITAL
from wx_backend.entrypoints.embedded.mongod import Mongod
from wx_backend.entrypoints.embedded.ports import HOST, PortBook
from wx_backend.entrypoints.embedded.process import Child, StartFailed
from wx_backend.entrypoints.embedded.redis import Redis
from wx_backend.entrypoints.embedded.supervisor import Supervisor

DATABASES, PLATFORMS, PRODUCT = range(3)  # layers; the last one stops first
LOOK_EVERY = 0.2  # seconds between two looks at the processes


class Stack:
    """The demo's processes. `start()` returns when pages are served; `supervisor` keeps them up."""

    def __init__(self, home: Home, progress: Progress) -> None:
        self._home, self._progress = home, progress
        self.supervisor = Supervisor(progress.tell)
        book = PortBook(home.path / "ports.json")
        self._ports = {name: book.port(name) for name in ("sandbox", "phone", "web")}
        self.sandbox_url, self.phone_url, self.web_url = (
            f"http://{HOST}:{port}" for port in self._ports.values()
        )
        self._ports |= {name: book.port(name) for name in ("gateway", "lis")}
        self.gateway_address = f"{HOST}:{self._ports['gateway']}"
        self.environment = {name: os.environ.get(name, v) for name, v in home.secrets().items()}
        self.environment |= {
            "WX_ENV": "demo",
            "WX_BEHIND_PROXY": "true",  # the phone is one
            "WX_AUDIT_DIR": str(home.path / "audit"),
            "WX_PORT": str(self._ports["web"]),
            "WX_HL7_PORT": str(self._ports["gateway"]),
            "WX_HL7_INSTITUTION": HOSPITAL.id,
            "WX_PUBLIC_URL": self.phone_url,
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

    def start(self) -> None:
        """Raises StartFailed with the end of the log of whatever did not start, or DoesNotFit."""
        sandbox = self._start_sandbox()
        self._start_databases()
        with self._progress.step("平台沙箱与手机已就绪 sandbox and phone ready"):
            sandbox.wait_ready(lambda: self._listens("sandbox") and self._listens("phone"))
        with self._progress.step("演示数据已就绪 demo world loaded"):
            self._load_world()
        with self._progress.step("网站已就绪 web ready"):
            web = self._start_product("web", "serve")
            self._start_product("worker", "worker", "--lane", "relay")
            self._start_product("urgent", "worker", "--lane", "critical")
            self._start_product("beat", "beat")
            web.wait_ready(lambda: self._listens("web"))
            self._enter_callbacks()
        with self._progress.step("接口网关已就绪 interface gateway ready"):
            gateway = self._start_product("gateway", "gateway")
            gateway.wait_ready(lambda: self._listens("gateway"))

    def smoke(self, broken_step: str | None) -> int:
        """Run the story against this set in a process of its own; its exit code."""
        where = [
            *("--web", self.web_url, "--phone", self.phone_url, "--sandbox", self.sandbox_url),
            *("--gateway", self.gateway_address),
        ]
        broken = ["--break", broken_step] if broken_step else []
        story = self._module("smoke", "entrypoints.demo.smoke", *where, *broken, log=None)
        story.start()
        while story.alive:
            self.supervisor.look()
            time.sleep(LOOK_EVERY)
        return story.wait()

    def watch(self) -> None:
        """Keep everything running until a signal ends this."""
        while True:
            self.supervisor.look()
            time.sleep(LOOK_EVERY)

    def _start_databases(self) -> None:
        for setting, kind, what in (
            ("WX_MONGO_URI", Mongod, "MongoDB"),
            ("WX_BROKER_URL", Redis, "Redis"),
        ):
            if own := os.environ.get(setting):
                self.environment[setting] = own
                self._progress.tell(f"使用已有的 {what} using your {what} ({setting})")
                continue
            with self._progress.step(f"{what} 已就绪 ready"):
                server = kind(self._home.path)
                server.start()
            self.supervisor.add(server, DATABASES)
            self.environment[setting] = server.uri

    def _start_sandbox(self) -> Child:
        sandbox = self._module(
            "sandbox",
            "entrypoints.sandbox",
            *("--port", str(self._ports["sandbox"]), "--phone-port", str(self._ports["phone"])),
            *("--lis-port", str(self._ports["lis"])),
            *("--web", self.web_url, "--home", str(self._home.path / "sandbox")),
        )
        sandbox.start()
        self.supervisor.add(sandbox, PLATFORMS)
        return sandbox

    def _load_world(self) -> None:
        platforms = read_env(self._home.path / "sandbox" / "sandbox.env")
        platforms["WX_SANDBOX_LIS_PORT"] = str(self._ports["lis"])
        platforms["WX_SANDBOX_HIS_URL"] = f"{self.sandbox_url}/his"
        self._run("演示数据装载失败 the demo world did not load", "load", env=platforms)

    def _enter_callbacks(self) -> None:
        """The platforms learn where to call us."""
        failed = "平台不接受回调地址 a platform does not accept our callback address"
        self._run(failed, "callbacks", self.sandbox_url)

    def _run(
        self, failed: str, name: str, *arguments: str, env: dict[str, str] | None = None
    ) -> None:
        """A step of the demo's own, to its end. Raises StartFailed with these words."""
        step = self._module(name, f"entrypoints.demo.{name}", *arguments, env=env)
        step.log.unlink(missing_ok=True)
        step.start()
        if step.wait():
            raise StartFailed(f"{failed}:\n{step.tail(30)}")

    def _start_product(self, name: str, command: str, *arguments: str) -> Child:
        child = self._module(name, "entrypoints.cli.main", command, *arguments)
        child.start()
        self.supervisor.add(child, PRODUCT)
        return child

    def _module(
        self,
        name: str,
        module: str,
        *arguments: str,
        env: dict[str, str] | None = None,
        log: str | None = "log",
    ) -> Child:
        return Child(
            name,
            [sys.executable, "-m", f"wx_backend.{module}", *arguments],
            self._home.path / log / f"{name}.log" if log else None,
            env=self.environment | (env or {}),
            cwd=self._home.path,
        )

    def _listens(self, name: str) -> bool:
        try:
            with socket.create_connection((HOST, self._ports[name]), timeout=0.5):
                return True
        except OSError:
            return False
