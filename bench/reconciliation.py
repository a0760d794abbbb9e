"""``reconciliation``: a day of 200,000 rows in three books: bills fetched, checked and compared.

Ours are in MongoDB, the platforms' and the HIS's are the sandbox's own ledgers, served in their
real formats. The run is a process of its own, whose peak memory is the kernel's word for it.
"""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

import httpx
import msgspec

from bench.figures import Figure
from bench.stage import Stage
from booking.reconciliation import service
from tests.helpers.planted_day import Plan, planted
from wx_backend.base.context import House
from wx_backend.base.settings import Settings, load
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import ChannelSpec
from wx_backend.entrypoints import upkeep, wiring
from wx_backend.entrypoints.cli.home import read_env
from wx_backend.entrypoints.demo import world
from wx_backend.gateways.http import adapter

ORDERS, QUICK = 175_000, 17_500
"""With their refunds some 200,000 rows of the bills."""
DAYS = 6
MEGABYTE = 1024


class Measured(msgspec.Struct, frozen=True):
    seconds: float
    cpu_seconds: float
    peak_mb: float
    idle_mb: float
    state: str
    reason: str
    found: int


def run(quick: bool) -> Iterator[Figure]:
    orders = QUICK if quick else ORDERS
    with Stage() as stage:
        keys = read_env(stage.home / "sandbox" / "sandbox.env")
        plan: Plan = stage.within(lambda house: _written(house, stage.sandbox_url, keys, orders))
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
            got = apart.submit(_measured, stage.environment, plan.day.isoformat()).result()
    if got.state != "DONE" or got.found != len(plan.expected):
        raise AssertionError(f"{got}, {len(plan.expected)} planted")
    yield Figure(
        name="reconciliation",
        value=round(got.seconds, 1),
        unit="s",
        detail={
            "orders": len(plan.orders),
            "bill_rows": len(plan.platform),
            "his_rows": len(plan.his),
            "cpu_seconds": round(got.cpu_seconds, 1),
            "rows_a_second": round(len(plan.platform) / got.seconds),
            "peak_mb": round(got.peak_mb),
            "idle_mb": round(got.idle_mb),
            "planted": len(plan.expected),
            "found": got.found,
        },
    )


async def _written(house: House, sandbox: str, keys: dict[str, str], orders: int) -> Plan:
    """Rows of a past day, in all three books."""
    ctx = house.ctx(world.HOSPITAL.id)
    await institutions.register_channel(
        ctx,
        ChannelSpec(
            "his_accounts",
            {"secret": keys["WX_SANDBOX_HIS_SECRET"]},
            appid=keys["WX_SANDBOX_HIS_KEY"],
            params={"url": f"{sandbox}/his"},
        ),
    )
    platforms = ("wechat_pay", "alipay")
    known = [one for one in await institutions.channels(ctx) if one.platform in platforms]
    day = ctx.today() - timedelta(days=DAYS)
    plan = planted(1, orders, ctx.institution or "", {one.platform: one for one in known}, day)
    async with httpx.AsyncClient(trust_env=False, timeout=120) as http:

        async def control(verb: str, **body: object) -> None:
            answer = await http.post(f"{sandbox}/_ctl/{verb}", json=body)
            answer.raise_for_status()

        await plan.write(house, control)
    return plan


def _measured(environment: dict[str, str], day: str) -> Measured:
    return asyncio.run(_reconciled(load(environment), day))


async def _reconciled(settings: Settings, day: str) -> Measured:
    adapter.TIMEOUT = (3.0, 60.0)  # the sandbox makes its bills while we wait; platforms have them
    house = wiring.build(settings)
    await upkeep.load(house)
    ctx, on = house.ctx(world.HOSPITAL.id), date.fromisoformat(day)
    await service.ask(ctx, on)
    idle = _peak()
    began, busy = time.perf_counter(), time.process_time()
    await service.work_due(house.ctx(None))
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    done = await service.run(ctx, on)
    found = len(await service.differences(ctx, on))
    wiring.close(house)
    return Measured(seconds, busy, _peak(), idle, done.state, done.reason, found)


def _peak() -> float:
    """Megabytes this process has held at most; what its parent held does not count."""
    lines = Path("/proc/self/status").read_text().splitlines()
    [held] = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return int(held) / MEGABYTE
