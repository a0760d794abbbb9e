"""Houses for tests that need real MongoDB but no web server."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.helpers import databases
from wx_backend.base.audit import Audit
from wx_backend.base.cache import Recent
from wx_backend.base.clock import BusinessClock, Clock, WireClock
from wx_backend.base.collection import Collection
from wx_backend.base.context import House
from wx_backend.base.db import Database
from wx_backend.base.outbox import Nudge
from wx_backend.base.secrets import Vault
from wx_backend.base.settings import Settings
from wx_backend.gateways.registry import Gateways


class OffClock(Clock):
    """Real time, by so much wrong."""

    def __init__(self, off: timedelta):
        self._off = off

    def now(self) -> datetime:
        return WireClock().now() + self._off


def jumped(house: House, off: timedelta) -> House:
    """A process on the same database, on a machine whose clock has jumped."""
    wire = OffClock(off)
    return replace(house, wire=wire, business=BusinessClock(wire), views={})


def forget(house: House) -> None:
    """Time has passed for ``house``: what a process may remember for a moment it reads anew."""
    for name in [name for name, view in house.views.items() if isinstance(view, Recent)]:
        del house.views[name]


@asynccontextmanager
async def house_on(
    mongo_uri: str, name: str, crash_after_writes: int = 0, **settings: Any
) -> AsyncIterator[House]:
    """A house on the database ``name``, which is left as it is."""
    wire = WireClock()
    gateways = Gateways(wire)
    database = Database(mongo_uri, name, crash_after_writes)
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
        database.close()


@asynccontextmanager
async def bare_house(
    mongo_uri: str, collections: Iterable[Collection], name: str = "", **settings: Any
) -> AsyncIterator[House]:
    """A house on a database of its own, emptied at the end; nudges go nowhere."""
    collections = list(collections)
    kind = frozenset(one.name for one in collections)
    async with house_on(mongo_uri, name or databases.take(kind), **settings) as house:
        await house.db.ensure(collections)
        try:
            yield house
        finally:
            await databases.give_back(house.db, kind)
