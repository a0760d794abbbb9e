"""`wx-backend numbers`: makes the slots that the timetable says, shows what would be made, and
compares the numbers that a HIS owns with its own list.
"""

import argparse
import asyncio
import sys
from collections import Counter
from datetime import date

from booking.locks import service as locks
from booking.locks.model import WORDS
from booking.timetables import service as timetables
from wx_backend.base import settings, shift
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.cli.progress import Progress

WHAT = {"new": "新增 new", "changed": "调整 changed", "kept": "保留 kept"}
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
        action.add_argument(
            "--redo", action="store_true",
            help="连同已生成而没有预约的时段：按现行价格、号池和放号时间 "
            "also what is there and nobody has booked, by the parameters of now",
        )  # fmt: skip
        action.set_defaults(act=_made, dry_run=name == "preview")
    actions.choices["generate"].add_argument(
        "--dry-run", action="store_true", help="同 preview：只看不改 as preview: change nothing"
    )
    words = "列出与 HIS 的差异，没有则返回 0 list differences with the HIS; 0 when there are none"
    diff = actions.add_parser("diff", help=words, description=words)
    diff.add_argument(
        "--date", type=date.fromisoformat, metavar="YYYY-MM-DD",
        help="只核对一天，默认为今后有号的日期 one date; those with numbers by default",
    )  # fmt: skip
    diff.add_argument("--institution", metavar="CODE", help="只为一家机构 one institution")
    diff.set_defaults(act=_compared)


def run(args: argparse.Namespace) -> int:
    try:
        return asyncio.run(_run(args))
    except KeyboardInterrupt:
        print("已停止；再次运行即接着做 stopped; run it again to go on", file=sys.stderr)
        return 130


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


class _Sum:
    """What was done, or would be, so far."""

    def __init__(self) -> None:
        self.slots: Counter[str] = Counter()
        self.waiting: list[date] = []
        self.left = 0

    def add(self, found: timetables.Outlook) -> None:
        self.slots.update({what: found.count(what) for what in WHAT})
        self.waiting += found.waiting
        self.left += found.left


async def _numbers(ctx: Ctx, args: argparse.Namespace) -> _Sum:
    """Date by date: each is told at once, and it may be broken off anywhere."""
    days = timetables.dates(ctx.today(), args.until or await timetables.horizon(ctx))
    act = timetables.outlook_of_date if args.dry_run else timetables.generate_date
    progress, total = Progress(), _Sum()
    for n, day in enumerate(days, 1):
        total.add(await act(ctx, day, args.redo))
        progress.tell(f"{day} ({n}/{len(days)}) {_counted(total.slots)}")
    return total


def _counted(slots: Counter[str]) -> str:
    return ", ".join(f"{word} {slots[what]}" for what, word in WHAT.items())


def show(name: str, made: _Sum) -> None:
    """A line for the institution, one for each date that waits for a person."""
    print(f"{name}: {_counted(made.slots)}")
    if made.left:
        print(f"    {made.left} 场同时被他人调整，请再运行一次 changed by others: run it again")
    for day in made.waiting:
        print(f"    {day} 放假安排待确认 waits for somebody's decision")
