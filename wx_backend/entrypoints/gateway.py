"""The interface gateway: hospital systems connect here, one process for each institution.

It also runs every sweep, as workers do: what has come in goes on to people even when no worker is
alive.
"""

import asyncio
import logging
import signal
from ipaddress import IPv4Network, IPv6Network, ip_network

from wx_backend.base import log, metrics
from wx_backend.base.context import Ctx, House
from wx_backend.base.settings import BadSettings, Settings
from wx_backend.base.sweeper import Sweep, Sweeper
from wx_backend.entrypoints import upkeep, wiring
from wx_backend.entrypoints.interfaces import tls
from wx_backend.entrypoints.interfaces.intake import Intake
from wx_backend.entrypoints.interfaces.mllp_server import MllpServer
from wx_backend.gateways.hl7.charset import FAMILIES

logger = logging.getLogger(__name__)


def institution(settings: Settings) -> str:
    """Whose messages these are. Raises BadSettings when nothing says so."""
    if found := settings.hl7_institution or settings.default_institution:
        return found
    raise BadSettings("WX_HL7_INSTITUTION 未设置：接口网关需要知道服务于哪家机构")


def peers(settings: Settings) -> list[IPv4Network | IPv6Network]:
    """The networks that may connect.

    Raises:
        BadSettings: one is no network, or none is named in production.
    """
    try:
        found = [ip_network(text.strip()) for text in settings.hl7_peers.split(",") if text.strip()]
    except ValueError as error:
        raise BadSettings(f"WX_HL7_PEERS 有误: {error}") from error
    if not found and settings.env == "production":
        raise BadSettings("WX_HL7_PEERS 未设置：正式环境须写明哪些网段可以连接接口网关")
    return found


def server(settings: Settings, house: House) -> MllpServer:
    """The server as the settings describe it. Raises BadSettings."""
    if settings.hl7_charset not in FAMILIES:
        raise BadSettings(f"WX_HL7_CHARSET 有误，可用: {', '.join(FAMILIES)}")
    intake = Intake(house, institution(settings), settings.hl7_charset)
    return MllpServer(intake, peers(settings), tls=tls.context(settings), names=tls.names(settings))


async def run(settings: Settings) -> None:
    """Receives until SIGTERM or SIGINT, then finishes what has arrived whole."""
    house = wiring.build(settings)
    mllp = server(settings, house)
    await upkeep.follow_common(house)
    sweeper = Sweeper(house, [*wiring.sweeps(), Sweep("house", _keep_up)])
    sweeper.start()
    metrics.serve(settings.metrics_port)
    port = await mllp.start(settings.hl7_host, settings.hl7_port)
    logger.info("gateway ready", extra={"port": port})
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    await mllp.stop()
    await sweeper.stop()
    wiring.close(house)


def serve(settings: Settings) -> None:
    """``wx-backend gateway``."""
    log.configure(settings.log_level)
    asyncio.run(run(settings))


async def _keep_up(ctx: Ctx) -> int:
    await upkeep.follow_common(ctx.house)
    return 0
