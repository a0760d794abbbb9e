"""Databases that tests hand on: emptied, not dropped, so that indexes are made once.

Making and dropping some fifty collections costs mongod more than most tests do. Whoever has few
collections is given a database that never had more, which takes less to empty.
"""

import re
from collections import defaultdict
from collections.abc import Hashable

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
    for name in await mongo.list_collection_names():
        if MONTHLY.search(name):
            await mongo.drop_collection(name)
        else:
            await mongo[name].delete_many({})
    _free[kind].append(mongo.name)
