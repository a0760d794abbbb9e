"""`wx-backend numbers`: makes the slots that the timetable says, or shows what would be made."""

import argparse
import asyncio
from datetime import date

from booking.timetables import service as timetables
from wx_backend.base import settings, shift
from wx_backend.base.context import Ctx
from wx_backend.directory.institutions import service as institutions

HELP = "按排班表生成号源 make numbers from the timetable"


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
        for one in chosen:
            show(one.name, await _numbers(house.ctx(one.id), args))
        return 0 if chosen else 1
    finally:
        wiring.close(house)


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
