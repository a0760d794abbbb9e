"""The inbox: every message as it came, sealed and durable before it is acknowledged.

A message is named by its sender, its control id and a hash of all that follows its header (a
sender that repeats itself may stamp the header anew). So the same again meets itself; the same name
with another content is kept beside it, marked. Months are kept apart: a repetition over the end of
a month is processed again, which changes nothing.
"""

import hashlib
import zlib
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from wx_backend.base import ids
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.scoped import Scoped
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due
from wx_backend.entrypoints.interfaces import alarms
from wx_backend.entrypoints.interfaces.model import MESSAGE, Received
from wx_backend.gateways.hl7.message import Message

LEASE_SECONDS = 60
BATCH = 50

INBOX = Collection(
    "hl7_inbox",
    retention="interface",
    monthly=True,
    indexes=(
        DUE_INDEX,
        Index("name", (("inst", 1), ("name", 1)), unique=True, partial={"name": {"$exists": True}}),
    ),
)

Kept = Literal["NEW", "SAME", "CONFLICT"]
Change = tuple[dict, dict]
"""A conditional write: filter and update."""


def key_of(ctx: Ctx, message: Message, raw: bytes, prefix: str = "hl") -> str:
    body = raw[_end_of_header(raw) :]
    digest = hashlib.sha256(message.kind.encode() + body).hexdigest()
    return ids.derive(prefix, ctx.institution or "", message.sender, message.control_id, digest)


async def keep(ctx: Ctx, doc: dict) -> Kept:
    """Durable when this returns; concurrent callers share a round trip.

    SAME: it is there already. CONFLICT: another message has the same sender and control id; people
    are told, and this one is kept too, marked.
    """
    table = _table(ctx, doc["received_at"])
    try:
        await table.insert_together(doc)
    except Duplicate:
        if await table.get(doc["_id"]):
            return "SAME"
    else:
        return "NEW"
    await alarms.sound(ctx, received(doc), "CONFLICT", "same_id_other_body", "MSH-10")
    beside = {name: value for name, value in doc.items() if name != "name"}
    try:
        await table.insert_together({**beside, "conflict": True})
    except Duplicate:
        return "SAME"
    return "CONFLICT"


def document(
    ctx: Ctx, message: Message, raw: bytes, *, peer: str, faithful: bool, lease: str
) -> dict:
    """A message as stored, leased to this process, which is about to handle it."""
    key, now = key_of(ctx, message, raw), ctx.wire_now()
    return {
        "_id": key,
        "name": ids.derive("nam", message.sender, message.control_id),
        "kind": message.kind,
        "sender": message.sender,
        "control_id": message.control_id,
        "charset": message.charset,
        "faithful": faithful,
        "peer": peer,
        "received_at": now,
        "raw": seal(ctx, key, raw),
        "state": MESSAGE.initial,
        "tries": 0,
        "due_at": ctx.now(),
        "lease": lease,
        "leased_until": now + timedelta(seconds=LEASE_SECONDS),
    }


def refused(ctx: Ctx, message: Message, raw: bytes, *, peer: str, reason: str) -> dict:
    """A message that was not accepted: kept to look at, handled by nobody. Its key is its own, so
    that the same message may still be accepted later.
    """
    doc = document(ctx, message, raw, peer=peer, faithful=True, lease="")
    key = key_of(ctx, message, raw, "hlr")
    gone = {"name", *SETTLED}
    kept = {name: value for name, value in doc.items() if name not in gone}
    return {**kept, "_id": key, "raw": seal(ctx, key, raw), "state": "REFUSED", "reason": reason}


def received(doc: dict) -> Received:
    """A message as stored, without what it says."""
    return msgspec.convert({**doc, "key": doc["_id"]}, Received)


async def get(ctx: Ctx, key: str, received_at: datetime) -> dict | None:
    return await _table(ctx, received_at).get(key)


async def claim(ctx: Ctx, month: datetime) -> list[dict]:
    """Messages of this month whose process has died, or that are to be tried again."""
    return await claim_due(ctx, INBOX, BATCH, LEASE_SECONDS, month=month)


def months(now: datetime) -> list[datetime]:
    """This month and the last."""
    return [now, now.replace(day=1) - timedelta(days=1)]


def done(key: str, now: datetime) -> Change:
    """The change that ends a message."""
    return (
        {"_id": key, "state": {"$in": sorted(MESSAGE.sources("finish"))}},
        {"$set": {"state": "DONE", "done_at": now}, "$unset": {**SETTLED, "reason": ""}},
    )


def parked(key: str, now: datetime, reason: str) -> Change:
    return (
        {"_id": key, "state": "RECEIVED"},
        {"$set": {"state": "PARKED", "parked_at": now, "reason": reason}, "$unset": SETTLED},
    )


def again(key: str, lease: str, due_at: datetime, reason: str) -> Change:
    """Due once more, unless somebody else has taken it over meanwhile."""
    return (
        {"_id": key, "state": "RECEIVED", "lease": lease},
        {"$set": {"due_at": due_at, "reason": reason}, "$inc": {"tries": 1}, "$unset": RELEASED},
    )


async def settle(ctx: Ctx, month: datetime, changes: list[Change]) -> None:
    """Writes the outcomes of several messages in one round trip."""
    await _table(ctx, month).change_each(changes)


async def edit(ctx: Ctx, key: str, received_at: datetime, text: str, reason: str) -> None:
    """Keeps a person's version beside the original."""
    told = {"edited_by": str(ctx.actor), "edited_at": ctx.wire_now(), "edited_why": reason}
    change = {"$set": {"edited": seal(ctx, key, text.encode()), **told}}
    await _table(ctx, received_at).change({"_id": key}, change)


async def dismiss(ctx: Ctx, key: str, received_at: datetime) -> bool:
    """False when the message is not waiting for a person."""
    where = {"_id": key, "state": {"$in": sorted(MESSAGE.sources("dismiss"))}}
    return bool(await _table(ctx, received_at).change(where, {"$set": {"state": "DISMISSED"}}))


def seal(ctx: Ctx, key: str, raw: bytes) -> str:
    """Compressed and sealed: results and names are not to be read in the database."""
    packed = b64encode(zlib.compress(raw, 1)).decode()
    return ctx.house.vault.seal(packed, f"hl7_inbox.raw:{key}")


def unseal(ctx: Ctx, doc: dict, field: str = "raw") -> bytes:
    """Raises Unreadable."""
    return zlib.decompress(
        b64decode(ctx.house.vault.open(doc[field], f"hl7_inbox.raw:{doc['_id']}"))
    )


def _table(ctx: Ctx, moment: datetime) -> Scoped:
    return ctx.db(INBOX).month(moment)


def _end_of_header(raw: bytes) -> int:
    ends = [at for mark in (b"\r", b"\n") if (at := raw.find(mark)) >= 0]
    return min(ends, default=len(raw))
