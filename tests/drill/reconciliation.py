"""A day of 2,000 orders over both platforms and the HIS, with differences planted in their ledgers
from a seed: reconciliation lists exactly those.

Without ``--rounds`` twenty seeds, beginning with the printed one.
"""

import asyncio
import tempfile
import time
from pathlib import Path

from tests.helpers.hospital import Hospital
from tests.helpers.office import Office
from tests.helpers.sandbox import Sandbox
from tests.helpers.servers import Servers

ABOUT = "a day of 2,000 orders in three books, differences planted, exactly those listed"
SEEDS, ORDERS = 20, 2000


def days(seed: int, rounds: int) -> list[str]:
    """As many seeds as asked for, at most ``SEEDS``; what was listed otherwise than planted."""
    servers = Servers()
    try:
        with (
            tempfile.TemporaryDirectory(prefix="wx-reconciliation-") as folder,
            Sandbox(Path(folder)) as sandbox,
        ):
            uri = servers.addresses.mongo_uri
            return asyncio.run(_days(uri, sandbox, range(seed, seed + min(rounds, SEEDS))))
    finally:
        servers.close()


async def _days(mongo_uri: str, sandbox: Sandbox, seeds: range) -> list[str]:
    problems = []
    async with Hospital(mongo_uri, sandbox) as hospital:
        office = Office(hospital)
        for seed in seeds:
            problems += await _day(office, seed)
    return problems


async def _day(office: Office, seed: int) -> list[str]:
    await office.fresh()
    plan = await office.plan(seed, ORDERS)
    await office.write(plan)
    began = time.monotonic()
    run = await office.run()
    took = time.monotonic() - began
    found, expected = await office.found(), plan.expected
    late = sum(kind == "late" for kind in expected.values())
    print(
        f"  seed {seed}: {len(plan.orders)} orders, {len(plan.platform)} payments and refunds;"
        f" planted {len(expected)} ({late} only crossed midnight), listed {len(found)},"
        f" {run.state.lower()} in {took:.1f} s",
        flush=True,
    )
    missed = {f"{key} {kind}" for key, kind in expected.items() if found.get(key) != kind}
    beyond = {f"{key} {kind}" for key, kind in found.items() if expected.get(key) != kind}
    return [f"seed {seed} {words}: {sorted(which)}" for words, which in
            (("not listed", missed), ("listed wrongly", beyond)) if which]  # fmt: skip
