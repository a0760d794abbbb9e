"""The folder a demo keeps everything in: one demo at a time, its secrets, its data."""

import base64
import fcntl
import os
import secrets
import shutil
from pathlib import Path
from typing import IO

from wx_backend.base.errors import AppError

DATA = ("mongod", "mongod.complete", "redis", "sandbox", "audit", "demo.env")


class HomeInUse(AppError):
    """Another demo runs in this folder."""

    code, status, message = "home_in_use", 409, "另一个演示正在使用这个目录"


class Home:
    """`with Home(path) as home:` holds the folder's lock; the kernel frees it after any end."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: IO[str] | None = None

    def __enter__(self) -> "Home":
        self.path.mkdir(parents=True, exist_ok=True)
        lock = (self.path / "demo.lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            pid = lock.read().strip()
            lock.close()
            raise HomeInUse(
                f"另一个演示（进程 {pid}）正在使用 {self.path}，请先停止它或用 --home 另选目录。\n"
                f"Another demo (process {pid}) uses {self.path}: stop it, or choose --home."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock:
            self._lock.close()

    def wipe(self) -> None:
        """Drop the data and the secrets it was sealed with; keep logs and addresses."""
        for name in DATA:
            entry = self.path / name
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink(missing_ok=True)

    def secrets(self) -> dict[str, str]:
        """WX_SECRET, WX_FIELD_KEYS and WX_INDEX_KEY of this demo, made at its first start."""
        file = self.path / "demo.env"
        if not file.exists():
            made = {
                "WX_SECRET": secrets.token_urlsafe(48),
                "WX_FIELD_KEYS": f"v1:{_key()}",
                "WX_INDEX_KEY": _key(),
            }
            draft = file.with_suffix(".new")
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w") as out:
                out.writelines(f"{name}={value}\n" for name, value in made.items())
            draft.replace(file)
        return read_env(file)


def read_env(file: Path) -> dict[str, str]:
    """NAME=value lines of a file."""
    pairs = (line.partition("=") for line in file.read_text("utf-8").splitlines() if line)
    return {name: value for name, _, value in pairs}


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
