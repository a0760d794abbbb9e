"""A worker that tells one event and kills itself after its n-th write.

``python -m tests.helpers.crash_child MONGO_URI DATABASE API_URL CRASH_AFTER ACCOUNT``; 0 never.
"""

import asyncio
import sys

from notify.messages import reactions, sending
from notify.relay.service import Relay
from tests.helpers.houses import house_on
from tests.helpers.told import INST, KINDS, ORDERS
from wx_backend.base.events import happened
from wx_backend.base.sweeper import Sweep, crank


async def work(uri: str, database: str, api: str, crash_after: int, account: str) -> None:
    async with house_on(uri, database, crash_after, wechat_api_url=api) as house:
        ctx, kind = house.ctx(INST), KINDS["appointment.booked"]
        told = happened(ctx, kind, "apt1", 2, **{**kind.example, "account": account})
        await ctx.db(ORDERS).insert({"_id": "apt1", "outbox": [told]})
        await crank(house, sweeps())


def sweeps() -> list[Sweep]:
    """The way of an event to the phone."""
    heard = {name: listed for name, listed in reactions.reactions.items() if name in KINDS}
    relay = Relay([ORDERS], KINDS.values(), heard)
    return [
        Sweep("collect", relay.collect),
        Sweep("deliver", relay.deliver),
        Sweep("send", sending.send_due),
    ]


if __name__ == "__main__":
    uri, database, api, crash_after, account = sys.argv[1:]
    asyncio.run(work(uri, database, api, int(crash_after), account))
