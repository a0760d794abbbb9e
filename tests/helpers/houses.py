"""Houses for tests that need real MongoDB but no web server."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from wx_backend.base import ids
from wx_backend.base.audit import Audit
from wx_backend.base.clock import BusinessClock, WireClock
from wx_backend.base.context import House
from wx_backend.base.db import Collection, Database
from wx_backend.base.outbox import Nudge
from wx_backend.base.secrets import Vault
from wx_backend.base.settings import Settings
from wx_backend.gateways.registry import Gateways


@asynccontextmanager
async def bare_house(
    mongo_uri: str, collections: Iterable[Collection], **settings: Any
) -> AsyncIterator[House]:
    """A house on a database of its own, dropped at the end; nudges go nowhere."""
    wire = WireClock()
    gateways = Gateways(wire)
    database = Database(mongo_uri, ids.new("test"))
    await database.ensure(collections)
    try:
        yield House(
            settings=Settings(env="test", **settings),
            db=database,
            business=BusinessClock(wire),
            wire=wire,
            vault=Vault({"v1": bytes(32)}, bytes(32)),
            gateways=gateways,
            nudge=Nudge(""),
            audit=Audit(),
        )
    finally:
        gateways.close()
        await database.drop()
        database.close()
