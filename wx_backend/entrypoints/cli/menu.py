"""`wx-backend menu`: a service account's menu, compared with ours, changed and published."""

import argparse
import asyncio
from pathlib import Path

from notify.entrances import service as entrances
from wx_backend.base import settings, shift
from wx_backend.base.context import Ctx, House
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel
from wx_backend.gateways.wechat.port import Button

HELP = "服务号菜单 a service account's menu"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--channel", metavar="ID", help="只看一个渠道 one channel only")
    parser.add_argument("--publish", action="store_true", help="发布到微信 give it to the platform")
    parser.add_argument(
        "--file", type=Path, metavar="FILE",
        help='改为文件中的菜单 keep this one instead: {"button": […]}, addresses as /h5/…',
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Prints where the platform's menu differs from ours; 1 when one does in the end."""
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    from wx_backend.entrypoints import wiring

    wanted = entrances.read_menu(args.file.read_text("utf-8")) if args.file else None
    house = wiring.build(settings.load())
    try:
        await shift.refresh(house)
        await institutions.refresh(house)
        found = await _channels(house, args.channel)
        same = [await _one(ctx, channel, wanted, args.publish) for ctx, channel in found]
        return 0 if same and all(same) else 1
    finally:
        wiring.close(house)


async def _channels(house: House, channel_id: str | None) -> list[tuple[Ctx, Channel]]:
    return [
        (ctx, channel)
        for ctx in (house.ctx(one.id) for one in institutions.all_known(house))
        for channel in await institutions.channels(ctx)
        if channel.platform == entrances.PLATFORM and channel_id in (None, channel.id)
    ]


async def _one(
    ctx: Ctx, channel: Channel, wanted: tuple[Button, ...] | None, publish: bool
) -> bool:
    """Whether users see our menu in the end."""
    if wanted:
        await entrances.keep_menu(ctx, channel, wanted)
    if publish:
        await entrances.publish(ctx, channel)
    found = await entrances.compare(ctx, channel)
    print(f"{channel.id} {channel.appid}：{'一致 same' if not found.lines else '不同 differs'}")
    for line in found.lines:
        print(f"    {line}")
    return not found.lines
