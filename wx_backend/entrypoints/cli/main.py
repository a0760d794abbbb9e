"""The `wx-backend` command: one module of this folder for each subcommand."""

import argparse
import sys
from collections.abc import Sequence

from wx_backend.base.errors import AppError
from wx_backend.entrypoints.cli import (
    audit,
    backup,
    beat,
    channel,
    demo,
    doctor,
    gateway,
    hospital,
    indexes,
    menu,
    numbers,
    reindex,
    retention,
    sandbox,
    serve,
    worker,
)
from wx_backend.entrypoints.embedded.fit import DoesNotFit
from wx_backend.entrypoints.embedded.process import StartFailed

COMMANDS = {
    "demo": demo,
    "serve": serve,
    "worker": worker,
    "beat": beat,
    "gateway": gateway,
    "sandbox": sandbox,
    "hospital": hospital,
    "channel": channel,
    "indexes": indexes,
    "menu": menu,
    "numbers": numbers,
    "reindex": reindex,
    "doctor": doctor,
    "audit": audit,
    "backup": backup,
    "retention": retention,
}


def parser() -> argparse.ArgumentParser:
    """Each command module gives HELP, `configure(parser)` and `run(args) -> exit code`."""
    top = argparse.ArgumentParser(prog="wx-backend", description="医院后端 hospital backend")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        command = commands.add_parser(name, help=module.HELP, description=module.HELP)
        module.configure(command)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; an expected failure is told in words on stderr and gives 1."""
    args = parser().parse_args(argv)
    try:
        return COMMANDS[args.command].run(args)
    except (AppError, DoesNotFit, StartFailed) as error:
        print(getattr(error, "message", error), file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
