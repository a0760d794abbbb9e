"""A collection as one context may see it: every query is of its institution alone."""

from collections.abc import AsyncIterator, Sequence
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError

from wx_backend.base.collection import Collection, Duplicate, duplicate_of

if TYPE_CHECKING:
    from wx_backend.base.db import Database


BATCH = 1000
"""Documents that ``each`` brings at a time."""


class Scoped:
    """The one way to a collection's documents (``ctx.db(COLLECTION)``)."""

    def __init__(
        self, db: "Database", collection: Collection, institution: str | None, month: str | None
    ):
        self._db = db
        self._collection = collection
        self._inst = institution if collection.scoped else None
        self.name = f"{collection.name}_{month}" if month else collection.name
        self._raw = db.raw(self.name)
        self._transaction: Any = None

    def within(self, transaction: Any) -> "Scoped":
        """The same, whose ``insert`` and ``change`` belong to a transaction of ``together``."""
        here = copy(self)
        here._transaction = transaction
        return here

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
        skip: int = 0,
    ) -> list[dict]:
        """Matching documents; ``only`` names the fields to bring. ``skip``: for short
        lists, since what is left out is read as well.
        """
        fields = dict.fromkeys(only, 1) if only else {"outbox": 0}
        cursor = self._raw.find(self._where(filter), fields, sort=sort, limit=limit, skip=skip)
        docs = await cursor.to_list(None)
        self._db.called("find", self.name)
        return docs

    async def each(
        self, filter: dict, sort: Sequence[tuple] | None = None, only: Sequence[str] | None = None
    ) -> AsyncIterator[dict]:
        """As ``find``, one by one, for more documents than a process should hold at once."""
        fields = dict.fromkeys(only, 1) if only else {"outbox": 0}
        self._db.called("find", self.name)
        async for doc in self._raw.find(self._where(filter), fields, sort=sort, batch_size=BATCH):
            yield doc

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
            await self._raw.insert_one(self._stamped(doc), session=self._transaction)
        except DuplicateKeyError as error:
            raise duplicate_of(error.details) from None
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
                session=self._transaction,
            )
        except DuplicateKeyError as error:
            raise duplicate_of(error.details) from None
        self._db.called("change", self.name, write=doc is not None)
        return doc

    async def change_many(self, filter: dict, update: dict) -> int:
        """How many documents were changed."""
        result = await self._raw.update_many(self._where(filter), update)
        self._db.called("change_many", self.name, write=result.modified_count > 0)
        return result.modified_count

    async def change_each(self, changes: list[tuple[dict, dict]]) -> int:
        """Many conditional writes in one unordered round trip; how many found their document."""
        if not changes:
            return 0
        result = await self._raw.bulk_write(
            [UpdateOne(self._where(filter), update) for filter, update in changes], ordered=False
        )
        self._db.called("change_each", self.name, write=True)
        return result.matched_count

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
