"""`wx-backend reindex`: new search tokens for what an older tokenizer has indexed."""

import argparse
import asyncio

from booking.prices import service as prices
from wx_backend.base import settings
from wx_backend.directory.departments import service as departments

HELP = "重建搜索索引 make search tokens anew"


def configure(parser: argparse.ArgumentParser) -> None:
    """No options: what is up to date is left alone."""


def run(args: argparse.Namespace) -> int:
    print(f"已更新 reindexed: {asyncio.run(_run())}")
    return 0


async def _run() -> int:
    from wx_backend.entrypoints import wiring

    house = wiring.build(settings.load())
    try:
        everywhere = await house.ctx(None).across("search tokens")
        return await departments.reindex(everywhere) + await prices.reindex(everywhere)
    finally:
        wiring.close(house)
