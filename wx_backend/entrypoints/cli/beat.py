"""`wx-backend beat`: Celery's beat; further arguments are Celery's own."""

import argparse

HELP = "定时任务 timed jobs"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("celery", nargs=argparse.REMAINDER, help="arguments for Celery")


def run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import worker

    worker.run_beat(args.celery)
    return 0
