"""`wx-backend doctor`: looks at a deployment's configuration and says in words what is wrong."""

import argparse
import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from wx_backend.base import db, outbox, settings
from wx_backend.entrypoints import selftest

HELP = "检查部署配置 check a deployment's configuration"
MANIFEST = Path(__file__).parents[1] / "web" / "static" / "vendor" / "manifest.json"
TIMEOUT = 5  # seconds to reach the broker


def configure(parser: argparse.ArgumentParser) -> None:
    """No options: it looks at the WX_* settings."""


def run(args: argparse.Namespace) -> int:
    """Prints a line for each check; 1 if any found something."""
    try:
        loaded = settings.load()
    except settings.BadSettings as error:
        return _report("配置 settings", error.message.split("; "))
    return max([_report("配置 settings", []), *_reports(loaded)])


def _reports(loaded: settings.Settings) -> Iterator[int]:
    checks: dict[str, Callable[[settings.Settings], list[str]]] = {
        "MongoDB (WX_MONGO_URI)": _mongo,
        "消息队列 broker (WX_BROKER_URL)": _broker,
        "前端文件 front-end files": _frontend,
    }
    for name, check in checks.items():
        yield _report(name, check(loaded))
    for check in _channels(loaded):
        yield _report(check.name, check.wrong)


def _report(name: str, wrong: list[str]) -> int:
    print(f"{'✗' if wrong else '✓'} {name}")
    for line in wrong:
        print(f"    {line}")
    return 1 if wrong else 0


def _mongo(loaded: settings.Settings) -> list[str]:
    async def ask() -> list[str]:
        database = db.Database(loaded.mongo_uri, loaded.mongo_db)
        try:
            hello = await database.raw("meta").database.command("hello")
        finally:
            database.close()
        if "setName" in hello:
            return []
        return ["不是副本集，事务不可用 not a replica set: transactions would fail (rs.initiate())"]

    try:
        return asyncio.run(ask())
    except Exception as error:  # whatever it is, a person is told
        return [f"连接失败 no connection: {error}"]


def _broker(loaded: settings.Settings) -> list[str]:
    if not loaded.broker_url:
        return ["未设置，消息只靠轮询发送 not set: messages go out by the sweep only, more slowly"]
    try:
        with outbox.celery_app(loaded.broker_url).connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=TIMEOUT)
    except Exception as error:  # whatever it is, a person is told
        return [f"连接失败 no connection: {error}"]
    return []


def _channels(loaded: settings.Settings) -> list[selftest.Check]:
    """Every platform account of every institution: keys, callback address, clock, templates."""
    try:
        return asyncio.run(selftest.of_deployment(loaded))
    except Exception as error:  # whatever it is, a person is told
        return [selftest.Check("平台渠道 channels", [f"不能检查 cannot be checked: {error}"])]


def _frontend(loaded: settings.Settings) -> list[str]:
    if loaded.static_dir or MANIFEST.exists():
        return []
    return ["尚未生成 not made yet: python -m wx_backend.entrypoints.web.vendor"]
