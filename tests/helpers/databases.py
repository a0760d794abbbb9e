"""Databases that tests hand on: emptied, not dropped, so that indexes are made once.

Making and dropping some fifty collections costs mongod more than most tests do. Whoever has few
collections is given a database that never had more, which takes less to empty.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Sequence

from motor.motor_asyncio import AsyncIOMotorDatabase

from wx_backend.base import ids
from wx_backend.base.db import Database

MONTHLY = re.compile(r"_[0-9]{6}$")
_free: defaultdict[Hashable, list[str]] = defaultdict(list)


def take(kind: Hashable = "") -> str:
    """The name of an empty database that nobody uses."""
    return _free[kind].pop() if _free[kind] else ids.new("test")


async def give_back(database: Database, kind: Hashable = "") -> None:
    """Empties a database for the next who takes one of the kind."""
    mongo = database.raw("meta").database
    names = await mongo.list_collection_names()
    for name in filter(MONTHLY.search, names):
        await mongo.drop_collection(name)
    await empty(mongo, [name for name in names if not MONTHLY.search(name)])
    _free[kind].append(mongo.name)


async def empty(mongo: AsyncIOMotorDatabase, names: Sequence[str]) -> None:
    """Deletes what is in these collections. Most have nothing in them, which one call tells."""
    if not names:
        return
    stages = {
        name: [{"$limit": 1}, {"$replaceWith": {"name": {"$literal": name}}}] for name in names
    }
    first, *others = names
    rest = [{"$unionWith": {"coll": name, "pipeline": stages[name]}} for name in others]
    async for filled in mongo[first].aggregate([*stages[first], *rest]):
        await mongo[filled["name"]].delete_many({})
