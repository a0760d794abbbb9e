"""A worker that tells one event and kills itself after its n-th write; 0 never."""

from functools import partial

from notify.messages import reactions, sending
from notify.messages.catalogue import TOLD
from notify.relay.service import Relay
from tests.helpers.houses import house_on
from tests.helpers.told import FOR_STAFF, INST, KINDS, ORDERS
from wx_backend.base.events import happened
from wx_backend.base.outbox import CRITICAL
from wx_backend.base.sweeper import Sweep, crank

EVERY = KINDS | FOR_STAFF


async def work(
    uri: str, database: str, sandbox: str, crash_after: int, event: str, who: str
) -> None:
    addresses = {"wechat_api_url": f"{sandbox}/wx", "wecom_api_url": f"{sandbox}/qy"}
    async with house_on(uri, database, crash_after, **addresses) as house:
        ctx, kind, audience = house.ctx(INST), EVERY[event], TOLD[event].audience
        named = who if audience == "account" else [who]
        told = happened(ctx, kind, "apt1", 2, **{**kind.example, audience: named})
        await ctx.db(ORDERS).insert({"_id": "apt1", "outbox": [told]})
        await crank(house, sweeps())


def sweeps() -> list[Sweep]:
    """The way of an event to the phone."""
    heard = {name: listed for name, listed in reactions.reactions.items() if name in EVERY}
    relay = Relay([ORDERS], EVERY.values(), heard)
    return [
        Sweep("collect", relay.collect),
        Sweep("deliver", relay.deliver),
        Sweep("deliver critical", partial(relay.deliver, lane=CRITICAL)),
        Sweep("send", sending.send_due),
        Sweep("send critical", partial(sending.send_due, lane=CRITICAL)),
    ]
