"""The only home of the MongoDB driver.

Slices declare ``Collection``s with their indexes and retention; ``ctx.db(COLLECTION)`` is the one
way in, and it sees only the context's institution. Writes are majority + journal, also those of a
transaction. Reads are the primary's own: what was acknowledged can be read at once, whoever is
primary by then. (With read concern majority a new primary does not know for a moment what was
acknowledged before it: in ``script/drill primary`` patients were told that what they had just made
does not exist.) Nothing is done upon what a primary may take back: before any call to a platform
there is a write of our own. Every call is counted, and after each write the fault drill may kill
the process (``WX_CRASH_AFTER_WRITES``).

An ``outbox`` array is never returned to a reader: it belongs to the relay (``notify/relay``).
"""

import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import BulkWriteError

from wx_backend.base import metrics
from wx_backend.base.batching import Batcher
from wx_backend.base.collection import META, Collection, Duplicate, duplicate_of
from wx_backend.base.errors import AppError
from wx_backend.base.scoped import Scoped

T = TypeVar("T")

SCHEMA_VERSION = 1
SELECTION_MS = 5000
"""How long a call waits for a primary."""

DUPLICATE = 11000


class SchemaTooNew(AppError):
    code, status, message = "schema_too_new", 500, "数据库版本高于程序版本，请升级程序"


class IndexChanged(AppError):
    code, status = "index_changed", 500
    message = "索引的定义已变，请停止所有进程后运行 wx-backend indexes --replace"


class Unlike(NamedTuple):
    """An index that the database does not have as it is declared; ``there``: it has another."""

    table: str
    index: str
    there: bool

    def __str__(self) -> str:
        return f"{self.table}.{self.index}"


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class Database:
    """One client; made after a fork, closed at shutdown."""

    def __init__(self, uri: str, name: str, crash_after_writes: int = 0):
        self._client = AsyncIOMotorClient(
            uri,
            tz_aware=True,
            serverSelectionTimeoutMS=SELECTION_MS,
            retryWrites=True,
            w="majority",
            journal=True,
            readConcernLevel="local",
            readPreference="primary",
            maxPoolSize=64,
            appname="wx-backend",
        )
        self._db = self._client[name]
        self._raw: dict[str, Any] = {}
        self._crash_after = crash_after_writes
        self._writes = 0
        self._inserters: dict[str, Batcher] = {}
        self._readers: dict[tuple[str, str], Batcher] = {}
        self._months_ready: set[str] = set()
        self.calls: Counter[str] = Counter()

    def scoped(self, collection: Collection, institution: str | None, month: str | None = None):
        return Scoped(self, collection, institution, month)

    def raw(self, name: str):
        """A collection by its full name; kept, since making one costs as much as a small query."""
        found = self._raw.get(name)
        if found is None:
            found = self._raw[name] = self._db[name]
        return found

    async def together(self, work: Callable[[Any], Awaitable[T]]) -> T:
        """Does ``work(transaction)`` as one change: all of its writes are there, or none.

        For rare moves that nobody contends for (mechanism 3). ``work`` takes its collections by
        ``ctx.db(X).within(transaction)`` and may be done again when another write was in its way;
        what it raises undoes everything. What a process that dies has touched stays locked until
        the server's ``transactionLifetimeLimitSeconds``: set it to some seconds.
        """
        async with await self._client.start_session() as session:
            return await session.with_transaction(work)

    async def ping(self) -> None:
        """Raises the driver's error when no primary answers."""
        await self._client.admin.command("ping")

    async def ensure(self, collections: Iterable[Collection], replace: bool = False) -> None:
        """Creates missing indexes, also of months that are there, and checks the schema version.

        With ``replace``, what an index of the same name was until now goes first: nothing else may
        run then, for a unique one is not kept meanwhile.

        Raises:
            SchemaTooNew: a newer program has already migrated this database.
            IndexChanged: one is not as declared, and is not to be replaced.
        """
        await self.check_schema()
        for collection in collections:
            wrong = await self.unlike(collection)
            changed = [one for one in wrong if one.there]
            if changed and not replace:
                raise IndexChanged(f"{IndexChanged.message}: {', '.join(map(str, changed))}")
            for one in changed:
                await self.raw(one.table).drop_index(one.index)
            for table in {one.table for one in wrong}:
                await self._create_indexes(table, collection)
        await self.scoped(META, None).put("schema", {"version": SCHEMA_VERSION})

    async def check_schema(self) -> int:
        """The version the database was made for, 0 when it is new. Raises SchemaTooNew."""
        stored = await self.scoped(META, None).get("schema")
        version = stored["version"] if stored else 0
        if version > SCHEMA_VERSION:
            raise SchemaTooNew(found=version, expected=SCHEMA_VERSION)
        return version

    async def unlike(self, collection: Collection) -> list[Unlike]:
        """Indexes that are missing or not as declared, in each month of a monthly collection."""
        tables = [collection.name]
        if collection.monthly:
            tables = [f"{collection.name}_{month}" for month in await self.months(collection)]
        found = []
        for table in tables:
            stored = await self.raw(table).index_information()
            found += [
                Unlike(table, one.name, one.name in stored)
                for one in collection.all_indexes()
                if not one.fits(stored.get(one.name))
            ]
        return found

    async def _create_indexes(self, name: str, collection: Collection) -> None:
        if models := [index.model() for index in collection.all_indexes()]:
            await self.raw(name).create_indexes(models)

    async def month_ready(self, name: str, collection: Collection) -> None:
        """Indexes of a month's collection, made at its first use by this process."""
        if name not in self._months_ready:
            await self._create_indexes(name, collection)
            self._months_ready.add(name)

    async def months(self, collection: Collection) -> list[str]:
        """The months (``202611``) a monthly collection has documents of."""
        name = {"$regex": f"^{collection.name}_[0-9]{{6}}$"}
        found = await self._db.list_collection_names(filter={"name": name})
        return sorted(one[-6:] for one in found)

    async def drop_month(self, collection: Collection, month: str) -> None:
        """Deletes a month's collection whole."""
        name = f"{collection.name}_{month}"
        await self._db.drop_collection(name)
        self._months_ready.discard(name)
        self.called("drop", name, write=True)

    async def drop(self) -> None:
        """Deletes the whole database (tests and ``--fresh``)."""
        await self._client.drop_database(self._db.name)

    def close(self) -> None:
        self._client.close()

    def called(self, operation: str, name: str, write: bool = False) -> None:
        """Counts a call; after the n-th write of a fault drill the process kills itself."""
        self.calls[f"{name}.{operation}"] += 1
        metrics.child(metrics.DB_CALLS, name, operation).inc()
        if write and self._crash_after:
            self._writes += 1
            if self._writes >= self._crash_after:
                os.kill(os.getpid(), signal.SIGKILL)

    def inserter(self, name: str) -> Batcher:
        if name not in self._inserters:
            self._inserters[name] = Batcher(lambda docs: self.insert_unordered(name, docs))
        return self._inserters[name]

    def reader(self, name: str, field: str = "_id") -> Batcher:
        """Brings documents by a unique field. In one lane: a read is soon back, and in a rush a few
        large ones leave the processor to everybody else.
        """
        if (name, field) not in self._readers:
            self._readers[name, field] = Batcher(
                lambda keys: self._read_many(name, field, keys), lanes=1
            )
        return self._readers[name, field]

    async def insert_unordered(self, name: str, docs: list[dict]) -> list[Duplicate | None]:
        """Inserts all; for each, None or the Duplicate that kept it out.

        Raises:
            BulkWriteError: something else kept one out, or it may not outlive the primary.
        """
        results: list[Duplicate | None] = [None] * len(docs)
        try:
            await self.raw(name).insert_many(docs, ordered=False)
        except BulkWriteError as error:
            if error.details["writeConcernErrors"]:
                raise
            for failure in error.details["writeErrors"]:
                if failure["code"] != DUPLICATE:
                    raise
                results[failure["index"]] = duplicate_of(failure)
        self.called("insert", name, write=True)
        return results

    async def _read_many(self, name: str, field: str, keys: list[Any]) -> list[dict | None]:
        cursor = self.raw(name).find({field: {"$in": list(set(keys))}}, {"outbox": 0})
        found = {key: doc for doc in await cursor.to_list(None) for key in _values(doc[field])}
        self.called("read_together", name)
        return [found.get(key) for key in keys]
