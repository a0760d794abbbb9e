"""Seals in MongoDB, month by month beside the records they seal."""

from datetime import datetime

import msgspec

from wx_backend.base.audit import RECORDS
from wx_backend.base.collection import Collection, Duplicate
from wx_backend.base.db import Database
from wx_backend.base.scoped import Scoped
from wx_backend.base.seals.chain import OPEN, Seal

BATCH = 500

SEALS = Collection("audit_seals", retention="audit", scoped=False, monthly=True)


def records(db: Database, month: str) -> Scoped:
    return db.scoped(RECORDS, None, month)


def seals(db: Database, month: str) -> Scoped:
    return db.scoped(SEALS, None, month)


async def months(db: Database) -> list[str]:
    """Months that have records or seals, the first one first."""
    return sorted({*await db.months(RECORDS), *await db.months(SEALS)})


async def waiting(db: Database, month: str, limit: int = BATCH) -> list[dict]:
    """Records not sealed yet, eldest first."""
    order = [("at", 1), ("_id", 1)]
    return await records(db, month).find({OPEN: True}, sort=order, limit=limit)


async def settled(db: Database, month: str, seal: Seal) -> None:
    """Takes the mark off the records of a seal; repeating it changes nothing."""
    keys = [key for key, _ in seal.entries]
    await records(db, month).change_many({"_id": {"$in": keys}, OPEN: True}, {"$unset": {OPEN: ""}})


async def head(db: Database, month: str) -> Seal | None:
    doc = await seals(db, month).find_one({}, sort=[("_id", -1)])
    return msgspec.convert(doc, Seal) if doc else None


async def add(db: Database, seal: Seal) -> bool:
    """False when somebody else has added a seal of this number."""
    doc = msgspec.to_builtins(seal, builtin_types=(datetime,))
    try:
        await seals(db, seal.month).insert(doc)
    except Duplicate:
        return False
    return True


async def page(db: Database, month: str, after: int, limit: int = 100) -> list[Seal]:
    """The next seals of a month after a number."""
    docs = await seals(db, month).find({"_id": {"$gt": after}}, sort=[("_id", 1)], limit=limit)
    return [msgspec.convert(doc, Seal) for doc in docs]


async def found(db: Database, seal: Seal) -> dict[str, dict]:
    """The records of a seal that are there, by id."""
    keys = [key for key, _ in seal.entries]
    docs = await records(db, seal.month).find({"_id": {"$in": keys}})
    return {doc["_id"]: doc for doc in docs}


async def ids(db: Database, month: str, after: str, limit: int = 5000) -> list[str]:
    """Ids of records that claim to be sealed, in order, after an id."""
    docs = await records(db, month).find(
        {"_id": {"$gt": after}, OPEN: {"$ne": True}}, sort=[("_id", 1)], limit=limit, only=["_id"]
    )
    return [doc["_id"] for doc in docs]
