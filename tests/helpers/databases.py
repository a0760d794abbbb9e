"""Databases that tests hand on: emptied, not dropped, so that indexes are made once.

Making and dropping some fifty collections costs mongod more than most tests do.
"""

import re

from wx_backend.base import ids
from wx_backend.base.db import Database

MONTHLY = re.compile(r"_[0-9]{6}$")
_free: list[str] = []


def take() -> str:
    """The name of an empty database that nobody uses."""
    return _free.pop() if _free else ids.new("test")


async def give_back(database: Database) -> None:
    """Empties a database for the next who takes one."""
    mongo = database.raw("meta").database
    for name in await mongo.list_collection_names():
        if MONTHLY.search(name):
            await mongo.drop_collection(name)
        else:
            await mongo[name].delete_many({})
    _free.append(mongo.name)
