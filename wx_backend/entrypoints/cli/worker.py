"""`wx-backend worker`: Celery's worker; further arguments are Celery's own."""

import argparse

HELP = "后台任务 background worker"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lane",
        choices=("relay", "critical"),
        help="只处理这一类任务 nothing but this lane; critical: 危急值 a process of its own",
    )
    parser.add_argument("celery", nargs=argparse.REMAINDER, help="arguments for Celery")


def run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import worker

    worker.run_worker(args.celery, args.lane)
    return 0
