"""``messages``: template messages a second that one worker process sends, over the real wire.

The sandbox is a process of its own; mongod is an embedded one, majority + journal. The reference
is the same messages one at a time.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from bench.stage import mongod
from booking.appointments.events import BOOKED
from notify.messages import sending, service, store
from notify.messages.model import SENT
from tests.helpers.houses import bare_house
from tests.helpers.sandbox import Sandbox
from tests.helpers.told import COLLECTIONS, INST
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel, ChannelSpec, Institution
from wx_backend.entrypoints.sandbox.keys import load_or_make
from wx_backend.entrypoints.sandbox.people import by_key
from wx_backend.entrypoints.sandbox.template_rules import load
from wx_backend.gateways.wechat.port import OpenIdentity
from wx_backend.identity.accounts import service as accounts

PEOPLE = 50


async def prepare(ctx: Ctx, home: Path) -> Channel:
    """The hospital and its service account."""
    keys = load_or_make(home)
    await institutions.register(
        ctx, Institution(id=INST, code="h1", name="医院", level="三级甲等", phone="010")
    )
    return await institutions.register_channel(
        ctx,
        ChannelSpec(
            "wechat",
            {"secret": keys.secret, "token": keys.token, "aes_key": keys.aes_key},
            appid=keys.appid,
            templates={template.name: template.id for template in load().values()},
        ),
    )


async def tell(ctx: Ctx, channel: Channel, count: int, run: str) -> None:
    """``count`` messages that are due, to the sandbox's crowd."""
    signed_in = [
        await accounts.sign_in(ctx, channel, OpenIdentity(openid=by_key(f"crowd-{n}").openid))
        for n in range(PEOPLE)
    ]
    for n in range(count):
        data = {**BOOKED.example, "account": signed_in[n % PEOPLE].id}
        event = Event(
            id=f"{run}{n}:1:0", type=BOOKED.name, v=BOOKED.version, at=ctx.wire_now(), inst=INST,
            subject=f"{run}{n}", actor="system:system", trace=ctx.trace, data=data,
        )  # fmt: skip
        await service.tell(ctx, event)


async def rate(ctx: Ctx, count: int) -> float:
    began = time.perf_counter()
    sent = 0
    while done := await sending.send_due(ctx):
        sent += done
    took = time.perf_counter() - began
    docs = await ctx.db(store.MESSAGES).month(ctx.wire_now()).find(only=["state"])
    assert sent == count
    assert {doc["state"] for doc in docs} == {SENT}
    return count / took


def run(quick: bool) -> Iterator[Figure]:
    count = 300 if quick else 1000
    batched, single = asyncio.run(_measured(count))
    yield Figure(
        name="messages",
        value=round(batched),
        unit="messages/s",
        reference=round(single),
        ratio=round(batched / single, 1),
        detail={"messages": count, "workers": 1, "reference": "one at a time"},
    )


async def _measured(count: int) -> tuple[float, float]:
    """Messages a second in batches and one at a time."""
    few, batch = max(count // 10, 20), store.BATCH
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(Path(folder)) as sandbox,
        mongod() as uri,
    ):
        addresses = {
            "wechat_api_url": f"{sandbox.url}/wx", "wechat_open_url": f"{sandbox.url}/open",
        }  # fmt: skip
        async with bare_house(uri, COLLECTIONS, **addresses) as house:
            ctx, one = house.ctx(INST), house.ctx(None)
            channel = await prepare(ctx, Path(folder))
            await tell(ctx, channel, count, "a")
            batched = await rate(one, count)
            await tell(ctx, channel, few, "b")
            store.BATCH = 1
            try:
                return batched, await rate(one, few)
            finally:
                store.BATCH = batch
