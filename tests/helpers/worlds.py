"""A loaded world, kept and copied: to load one anew is some thousand small steps each time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable

from bson import CodecOptions
from bson.raw_bson import RawBSONDocument
from motor.motor_asyncio import AsyncIOMotorCollection

from wx_backend.base import shift
from wx_backend.base.context import House
from wx_backend.entrypoints import wiring

RAW = CodecOptions(document_class=RawBSONDocument, tz_aware=True)
_kept: dict[Hashable, dict[str, list[RawBSONDocument]]] = {}


async def furnish(house: House, key: Hashable, load: Callable[[], Awaitable[None]]) -> None:
    """What ``load`` writes into the empty database of ``house``, or a copy of what it has written
    in this process for the same ``key``.
    """
    if key not in _kept:
        await load()
        _kept[key] = await _everything(house)
        return
    rows = _kept[key].items()
    await asyncio.gather(*(_raw(house, name).insert_many(docs) for name, docs in rows))
    await house.db.ensure(wiring.collections())
    await shift.refresh(house)


async def _everything(house: House) -> dict[str, list[RawBSONDocument]]:
    names = await house.db.raw("meta").database.list_collection_names()
    found = {name: await _raw(house, name).find().to_list(None) for name in names}
    return {name: docs for name, docs in found.items() if docs}


def _raw(house: House, name: str) -> AsyncIOMotorCollection:
    return house.db.raw(name).with_options(codec_options=RAW)
