"""`wx-backend indexes`: create or update the database indexes; safe to run again."""

import argparse

from wx_backend.base import settings

HELP = "建立数据库索引 create the database indexes"


def configure(parser: argparse.ArgumentParser) -> None:
    """No options: everything is a WX_* setting."""


def run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import wiring

    wiring.ensure_indexes(settings.load())
    return 0
