"""`wx-backend worker`: Celery's worker; what follows ``--`` is Celery's own."""

import argparse

HELP = "后台任务 background worker"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lane",
        choices=("relay", "critical"),
        help="只处理这一类任务 nothing but this lane; critical: 危急值 a process of its own",
    )
    parser.add_argument("celery", nargs=argparse.REMAINDER, help="-- and arguments for Celery")


def run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import worker

    worker.run_worker([one for one in args.celery if one != "--"], args.lane)
    return 0
