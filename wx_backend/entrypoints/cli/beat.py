"""`wx-backend beat`: Celery's beat; what follows ``--`` is Celery's own."""

import argparse

HELP = "定时任务 timed jobs"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("celery", nargs=argparse.REMAINDER, help="-- and arguments for Celery")


def run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import worker

    worker.run_beat([one for one in args.celery if one != "--"])
    return 0
