"""`wx-backend retention`: prints or removes what is past its time to be kept."""

import argparse
import asyncio

from wx_backend.base import settings

HELP = "清理已过保存期限的数据 remove what is past its time to be kept"


def configure(parser: argparse.ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--dry-run", action="store_true", help="只列出 only print what would go")
    how.add_argument("--apply", action="store_true", help="删除并记入审计 remove it, audited")


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_run(args.apply))


async def _run(apply: bool) -> int:
    from wx_backend.base import shift
    from wx_backend.entrypoints import retention, wiring

    house = wiring.build(settings.load())
    try:
        await shift.refresh(house)
        ctx = house.ctx(None)
        found = await retention.over(ctx, wiring.collections())
        for one in found:
            kept = f"  保留 kept: {one.waits} 条待处理 waiting" if one.waits else ""
            print(f"{one.name:<32} {one.collection.retention:<12} {one.total:>9}{kept}")
        if apply:
            print(f"已删除 removed: {await retention.remove(ctx, found)}")
        else:
            total = sum(one.total for one in found if not one.waits)
            print(f"将删除 would be removed: {total}")
        return 0
    finally:
        wiring.close(house)
