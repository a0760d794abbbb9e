"""`wx-backend numbers`: makes the slots that the timetable says, shows what would be made, and
compares the numbers that a HIS owns with its own list.
"""

import argparse
import asyncio
from datetime import date

from booking.locks import service as locks
from booking.locks.model import WORDS
from booking.timetables import service as timetables
from wx_backend.base import settings, shift
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError
from wx_backend.directory.institutions import service as institutions

HELP = "按排班表生成号源，与 HIS 核对 make numbers from the timetable, compare with the HIS"


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, words in (
        ("generate", "生成；可随时中断、重复运行 make them; may be broken off and run again"),
        ("preview", "只看不改 show what would be done"),
    ):
        action = actions.add_parser(name, help=words, description=words)
        action.add_argument(
            "--until", type=date.fromisoformat, metavar="YYYY-MM-DD",
            help="最后一天，默认为预约窗口的末日 last date; the booking window's by default",
        )  # fmt: skip
        action.add_argument("--institution", metavar="CODE", help="只为一家机构 one institution")
        action.set_defaults(act=_made)
    words = "列出与 HIS 的差异，没有则返回 0 list differences with the HIS; 0 when there are none"
    diff = actions.add_parser("diff", help=words, description=words)
    diff.add_argument(
        "--date", type=date.fromisoformat, metavar="YYYY-MM-DD",
        help="只核对一天，默认为今后有号的日期 one date; those with numbers by default",
    )  # fmt: skip
    diff.add_argument("--institution", metavar="CODE", help="只为一家机构 one institution")
    diff.set_defaults(act=_compared)


def run(args: argparse.Namespace) -> int:
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import wiring

    house = wiring.build(settings.load())
    try:
        await shift.refresh(house)
        await institutions.refresh(house)
        listed = institutions.all_known(house)
        chosen = [one for one in listed if args.institution in (None, one.code)]
        agreed = [await args.act(house.ctx(one.id), one.name, args) for one in chosen]
        return 0 if agreed and all(agreed) else 1
    finally:
        wiring.close(house)


async def _made(ctx: Ctx, name: str, args: argparse.Namespace) -> bool:
    show(name, await _numbers(ctx, args))
    return True


async def _compared(ctx: Ctx, name: str, args: argparse.Namespace) -> bool:
    """Prints the differences of an institution; True when there are none."""
    if not await locks.owns_any(ctx):
        print(f"{name}: 号源归本平台 numbers are ours")
        return True
    agreed = True
    for day in [args.date] if args.date else await locks.dates(ctx):
        try:
            found = await locks.differences(ctx, day)
        except AppError as trouble:
            print(f"{name} {day}: 无法核对 cannot be compared: {trouble}")
            agreed = False
            continue
        print(f"{name} {day}: 差异 differences {len(found)}")
        for one in found:
            print(f"    {one.slot} {one.number} {one.what} {one.lock} {WORDS[one.what]}")
        agreed = agreed and not found
    return agreed


async def _numbers(ctx: Ctx, args: argparse.Namespace) -> timetables.Outlook:
    last = args.until or await timetables.horizon(ctx)
    act = timetables.generate if args.action == "generate" else timetables.outlook
    return await act(ctx, ctx.today(), last)


def show(name: str, found: timetables.Outlook) -> None:
    """A line for the institution, one for each date that waits for a person."""
    print(
        f"{name}: 新增 new {found.count('new')}, 调整 changed {found.count('changed')}, "
        f"保留 kept {found.count('kept')}"
    )
    for day in found.waiting:
        print(f"    {day} 放假安排待确认 waits for somebody's decision")
