"""Enters our callback addresses in the platforms' consoles and publishes our menu, as an
administrator does once:
``python -m wx_backend.entrypoints.demo.callbacks SANDBOX_URL``, while the web is up.
"""

import argparse
import asyncio

from notify.entrances import service as entrances
from wx_backend.base import log
from wx_backend.base.context import House
from wx_backend.base.settings import load as load_settings
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.demo import world
from wx_backend.entrypoints.demo.phone import Sandbox

CONSOLES = {"wechat": "server", "wecom": "wecom/server"}
"""Platform of a channel → the sandbox's console, which checks that the address answers."""


async def addresses(house: House) -> dict[str, str]:
    """The address for each console."""
    ctx, found = house.ctx(world.HOSPITAL.id), {}
    for platform, console in CONSOLES.items():
        channel = await institutions.channel_for(ctx, platform)
        found[console] = f"{house.settings.public_url}/cb/{platform}/{channel.id}"
    return found


def enter(sandbox: Sandbox, found: dict[str, str]) -> None:
    """Raises Refused: an address does not answer as the platform wants it."""
    for console, address in found.items():
        sandbox.post(console, url=address)


async def _set_up() -> dict[str, str]:
    """The service account has our menu; the addresses are still to be entered."""
    house = wiring.build(load_settings())
    try:
        ctx = house.ctx(world.HOSPITAL.id)
        await entrances.publish(ctx, await institutions.channel_for(ctx, "wechat"))
        return await addresses(house)
    finally:
        wiring.close(house)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sandbox")
    log.configure("WARNING")
    enter(Sandbox(parser.parse_args().sandbox), asyncio.run(_set_up()))


if __name__ == "__main__":
    main()
