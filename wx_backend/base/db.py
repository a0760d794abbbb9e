"""The only home of the MongoDB driver.

Slices declare ``Collection``s with their indexes and retention; ``ctx.db(COLLECTION)`` is the one
way in, and it sees only the context's institution. Writes are majority + journal. Every call is
counted, and after each write the fault drill may kill the process (``WX_CRASH_AFTER_WRITES``).

An ``outbox`` array is never returned to a reader: it belongs to the relay (``notify/relay``).
"""

import os
import signal
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import IndexModel, ReadPreference, ReturnDocument, UpdateOne, WriteConcern
from pymongo.errors import BulkWriteError, DuplicateKeyError
from pymongo.read_concern import ReadConcern

from wx_backend.base import metrics
from wx_backend.base.batching import Batcher
from wx_backend.base.errors import AppError

SCHEMA_VERSION = 1
DUPLICATE = 11000


class Index(msgspec.Struct, frozen=True):
    """An index: ``keys`` as (field, 1 or -1); ``partial`` is a filter expression."""

    name: str
    keys: tuple[tuple[str, int], ...]
    unique: bool = False
    sparse: bool = False
    partial: dict[str, Any] | None = None

    def model(self) -> IndexModel:
        options: dict[str, Any] = {"name": self.name}
        if self.unique:
            options["unique"] = True
        if self.sparse:
            options["sparse"] = True
        if self.partial is not None:
            options["partialFilterExpression"] = self.partial
        return IndexModel(list(self.keys), **options)


OUTBOX_INDEX = Index("outbox", (("outbox.at", 1),), sparse=True)
CRITICAL_INDEX = Index("outbox_critical", (("outbox.critical", 1),), sparse=True)
DUE_INDEX = Index("due", (("due_at", 1),), sparse=True)


class Collection(msgspec.Struct, frozen=True):
    """A collection as its slice declares it.

    Args:
        scoped: documents belong to one institution (``inst``); queries see only the context's.
        outbox: documents carry events for the relay.
        critical: some are critical: found before all others, not (if forgotten) among them.
        monthly: one collection a month, named ``name_202611``.
        retention: how long documents are kept; see docs/retention.md.
        ages: the field with the moment from which a document's age counts; "" when it does not go
            by its age (a monthly collection goes by its month).
    """

    name: str
    retention: str
    indexes: tuple[Index, ...] = ()
    scoped: bool = True
    outbox: bool = False
    critical: bool = False
    monthly: bool = False
    ages: str = ""

    def all_indexes(self) -> list[Index]:
        wanted = ((OUTBOX_INDEX, self.outbox), (CRITICAL_INDEX, self.critical))
        return [*self.indexes, *(index for index, here in wanted if here)]


META = Collection("meta", retention="forever", scoped=False)


class Duplicate(Exception):
    """A unique index refused the write: ``field`` and ``value`` say which key was taken."""

    def __init__(self, field: str, value: Any):
        self.field, self.value = field, value
        super().__init__(f"{field} is taken")


class SchemaTooNew(AppError):
    code, status, message = "schema_too_new", 500, "数据库版本高于程序版本，请升级程序"


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _duplicate(details: dict) -> Duplicate:
    values = details.get("keyValue") or {"_id": None}
    if len(values) > 1:
        return Duplicate("+".join(values), tuple(values.values()))
    return Duplicate(*next(iter(values.items())))


class Database:
    """One client; made after a fork, closed at shutdown."""

    def __init__(self, uri: str, name: str, crash_after_writes: int = 0):
        self._client = AsyncIOMotorClient(
            uri,
            tz_aware=True,
            serverSelectionTimeoutMS=5000,
            retryWrites=True,
            maxPoolSize=64,
            appname="wx-backend",
        )
        self._db = self._client.get_database(
            name,
            codec_options=CodecOptions(tz_aware=True),
            write_concern=WriteConcern(w="majority", j=True),
            read_concern=ReadConcern("local"),
            read_preference=ReadPreference.PRIMARY,
        )
        self._crash_after = crash_after_writes
        self._writes = 0
        self._inserters: dict[str, Batcher] = {}
        self._readers: dict[tuple[str, str], Batcher] = {}
        self._months_ready: set[str] = set()
        self.calls: Counter[str] = Counter()

    def scoped(self, collection: Collection, institution: str | None, month: str | None = None):
        return Scoped(self, collection, institution, month)

    def raw(self, name: str):
        return self._db[name]

    async def ping(self) -> None:
        """Raises the driver's error when no primary answers."""
        await self._client.admin.command("ping")

    async def ensure(self, collections: Iterable[Collection]) -> None:
        """Creates missing indexes and checks the schema version.

        Raises:
            SchemaTooNew: a newer program has already migrated this database.
        """
        meta = self.scoped(META, None)
        stored = await meta.get("schema")
        if stored and stored["version"] > SCHEMA_VERSION:
            raise SchemaTooNew(found=stored["version"], expected=SCHEMA_VERSION)
        for collection in collections:
            if not collection.monthly:
                await self._create_indexes(collection.name, collection)
        await meta.put("schema", {"version": SCHEMA_VERSION})

    async def _create_indexes(self, name: str, collection: Collection) -> None:
        if models := [index.model() for index in collection.all_indexes()]:
            await self._db[name].create_indexes(models)

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
        """Brings documents by a unique field."""
        if (name, field) not in self._readers:
            self._readers[name, field] = Batcher(lambda keys: self._read_many(name, field, keys))
        return self._readers[name, field]

    async def insert_unordered(self, name: str, docs: list[dict]) -> list[Duplicate | None]:
        """Inserts all; for each, None or the Duplicate that kept it out."""
        results: list[Duplicate | None] = [None] * len(docs)
        try:
            await self._db[name].insert_many(docs, ordered=False)
        except BulkWriteError as error:
            for failure in error.details["writeErrors"]:
                if failure["code"] != DUPLICATE:
                    raise
                results[failure["index"]] = _duplicate(failure)
        self.called("insert", name, write=True)
        return results

    async def _read_many(self, name: str, field: str, keys: list[Any]) -> list[dict | None]:
        cursor = self._db[name].find({field: {"$in": list(set(keys))}}, {"outbox": 0})
        found = {key: doc for doc in await cursor.to_list(None) for key in _values(doc[field])}
        self.called("read_together", name)
        return [found.get(key) for key in keys]


class Scoped:
    """A collection as one context may see it."""

    def __init__(
        self, db: Database, collection: Collection, institution: str | None, month: str | None
    ):
        self._db = db
        self._collection = collection
        self._inst = institution if collection.scoped else None
        self.name = f"{collection.name}_{month}" if month else collection.name
        self._raw = db.raw(self.name)

    def month(self, moment: datetime) -> "Scoped":
        """The collection of the month (UTC) that ``moment`` falls in."""
        return Scoped(self._db, self._collection, self._inst, f"{moment:%Y%m}")

    def _where(self, filter: dict | None) -> dict:
        scope = {"inst": self._inst} if self._inst else {}
        return {**(filter or {}), **scope}

    def _stamped(self, doc: dict) -> dict:
        return {**doc, "inst": self._inst} if self._inst else doc

    def _visible(self, doc: dict | None) -> dict | None:
        return doc if doc and (not self._inst or doc["inst"] == self._inst) else None

    async def _ready(self) -> None:
        if self._collection.monthly:
            await self._db.month_ready(self.name, self._collection)

    async def get(self, key: Any) -> dict | None:
        """The document with this ``_id``; concurrent callers share a round trip."""
        return await self.get_by("_id", key)

    async def get_by(self, field: str, value: Any) -> dict | None:
        """As ``get``, by another unique field that is ``value`` or a list with it."""
        return self._visible(await self._db.reader(self.name, field).add(value))

    async def find_one(self, filter: dict, sort: Sequence[tuple] | None = None) -> dict | None:
        doc = await self._raw.find_one(self._where(filter), {"outbox": 0}, sort=sort)
        self._db.called("find_one", self.name)
        return doc

    async def find(
        self,
        filter: dict | None = None,
        sort: Sequence[tuple] | None = None,
        limit: int = 0,
        only: Sequence[str] | None = None,
    ) -> list[dict]:
        """Matching documents; ``only`` names the fields to bring."""
        fields = dict.fromkeys(only, 1) if only else {"outbox": 0}
        cursor = self._raw.find(self._where(filter), fields, sort=sort, limit=limit)
        docs = await cursor.to_list(None)
        self._db.called("find", self.name)
        return docs

    async def find_over(
        self, months: Sequence[datetime], filter: dict, sort: Sequence[tuple], limit: int
    ) -> list[dict]:
        """Matching documents of a monthly collection, over several months in one call."""
        tables = [self.month(month) for month in months]
        best = [{"$sort": dict(sort)}, {"$limit": limit}]
        stages = [{"$match": self._where(filter)}, *best, {"$unset": "outbox"}]
        others = [{"$unionWith": {"coll": one.name, "pipeline": stages}} for one in tables[1:]]
        docs = await tables[0]._raw.aggregate([*stages, *others, *best]).to_list(None)
        self._db.called("find_over", self.name)
        return docs

    async def count(self, filter: dict | None = None) -> int:
        total = await self._raw.count_documents(self._where(filter))
        self._db.called("count", self.name)
        return total

    async def aggregate(self, *stages: dict) -> list[dict]:
        match = [{"$match": self._where({})}] if self._inst else []
        docs = await self._raw.aggregate([*match, *stages]).to_list(None)
        self._db.called("aggregate", self.name)
        return docs

    async def insert(self, doc: dict) -> None:
        """Raises Duplicate."""
        await self._ready()
        try:
            await self._raw.insert_one(self._stamped(doc))
        except DuplicateKeyError as error:
            raise _duplicate(error.details) from None
        self._db.called("insert", self.name, write=True)

    async def insert_together(self, doc: dict) -> None:
        """As ``insert``; concurrent inserts travel in one unordered batch. Raises Duplicate."""
        await self._ready()
        await self._db.inserter(self.name).add(self._stamped(doc))

    async def insert_many(self, docs: list[dict]) -> list[Duplicate | None]:
        """Unordered; for each document None or the Duplicate that kept it out."""
        if not docs:
            return []
        await self._ready()
        return await self._db.insert_unordered(self.name, [self._stamped(doc) for doc in docs])

    async def put(self, key: Any, fields: dict) -> None:
        """Sets ``fields`` on the document ``key``, made if missing."""
        await self._raw.update_one({"_id": key}, {"$set": self._stamped(fields)}, upsert=True)
        self._db.called("put", self.name, write=True)

    async def change(
        self,
        filter: dict,
        update: dict | list[dict],
        upsert: bool = False,
        only: Sequence[str] | None = None,
    ) -> dict | None:
        """One conditional write: the document after it, or None when nothing matched.

        Args:
            update: operators, or the stages of a pipeline.
            upsert: makes the document when nothing matched.
            only: names the fields to bring.

        Raises:
            Duplicate: the change would break a unique index.
        """
        try:
            doc = await self._raw.find_one_and_update(
                self._where(filter),
                update,
                projection=dict.fromkeys(only, 1) if only else {"outbox": 0},
                return_document=ReturnDocument.AFTER,
                upsert=upsert,
            )
        except DuplicateKeyError as error:
            raise _duplicate(error.details) from None
        self._db.called("change", self.name, write=doc is not None)
        return doc

    async def change_many(self, filter: dict, update: dict) -> int:
        """How many documents were changed."""
        result = await self._raw.update_many(self._where(filter), update)
        self._db.called("change_many", self.name, write=result.modified_count > 0)
        return result.modified_count

    async def change_each(self, changes: list[tuple[dict, dict]]) -> None:
        """Many conditional writes in one unordered round trip."""
        if not changes:
            return
        await self._raw.bulk_write(
            [UpdateOne(self._where(filter), update) for filter, update in changes], ordered=False
        )
        self._db.called("change_each", self.name, write=True)

    async def delete_many(self, filter: dict) -> int:
        result = await self._raw.delete_many(self._where(filter))
        self._db.called("delete_many", self.name, write=result.deleted_count > 0)
        return result.deleted_count

    async def outboxes(self, limit: int, critical: bool = False) -> list[dict]:
        """``_id`` and ``outbox`` of documents with undelivered (critical) events, oldest first."""
        some = {"outbox.critical": True} if critical else {"outbox.at": {"$type": "date"}}
        cursor = self._raw.find(some, {"outbox": 1}, sort=[("outbox.at", 1)])
        docs = await cursor.limit(limit).to_list(None)
        self._db.called("outboxes", self.name)
        return docs

    async def pull_events(self, delivered: list[tuple[Any, list[str]]]) -> None:
        """Removes delivered events; versions are left alone (relay only)."""
        await self.change_each(
            [({"_id": key}, {"$pull": {"outbox": {"id": {"$in": ids}}}}) for key, ids in delivered]
        )
