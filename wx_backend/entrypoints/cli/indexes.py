"""`wx-backend indexes`: create or update the database indexes; safe to run again."""

import argparse

from wx_backend.base import settings

HELP = "建立数据库索引 create the database indexes"


def configure(parser: argparse.ArgumentParser) -> None:
    words = "先停止所有进程 replace those whose definition has changed; stop the processes first"
    parser.add_argument("--replace", action="store_true", help=words)


def run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import wiring

    wiring.ensure_indexes(settings.load(), args.replace)
    return 0
