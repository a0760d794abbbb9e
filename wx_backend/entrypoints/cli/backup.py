"""`wx-backend backup`: looks through a restored database, before processes start on it."""

import argparse
import asyncio

from wx_backend.base import settings, shift
from wx_backend.base.context import Ctx

HELP = "检查恢复后的数据库 look through a restored database"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    words = "只读；有问题则返回 1 only reads; 1 when something is wrong"
    check = actions.add_parser("check", help=words, description=words)
    check.set_defaults(act=_check)
    words = "备份早于审计检查点时，写明缺失后继续 say what was lost since the backup, and go on"
    accept = actions.add_parser("accept", help=words, description=words)
    accept.add_argument("--reason", required=True, help="写入审计 kept in the audit trail")
    accept.set_defaults(act=_accept)


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import wiring

    house = wiring.build(settings.load())
    try:
        await shift.refresh(house)
        return await args.act(house.ctx(None), args)
    finally:
        wiring.close(house)


async def _check(ctx: Ctx, args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import backup, wiring

    collections, whole = wiring.collections(), True
    async for check in backup.examine(ctx, collections):
        print(f"{'✗' if check.wrong else '✓'} {check.name}", *check.wrong, sep="\n    ")
        whole = whole and not check.wrong
    found = await backup.standing(ctx, collections)
    print("数据截至 data as of:", found.as_of.isoformat(" ", "seconds") if found.as_of else "-")
    for words, counts in (("未传达的事件 events to be told", found.untold),
                          ("到期的工作 work that is due", found.overdue)):  # fmt: skip
        told = ", ".join(f"{name} {count}" for name, count in counts.items())
        print(f"{words}: {told or 0}")
    return 0 if whole else 1


async def _accept(ctx: Ctx, args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import backup

    cuts = await backup.accept(ctx, args.reason)
    for one in cuts:
        print(
            f"{one.month}: 保留到封存 kept up to seal {one.last}, 缺失 lost {one.lost}; "
            f"原检查点 checkpoints set aside: {one.aside}"
        )
    if not cuts:
        print("没有缺失 nothing was lost")
    return 0
