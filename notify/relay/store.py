"""Deliveries: what the relay remembers about each (event, reaction)."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from notify.relay.model import DONE, DUE, PARKED
from wx_backend.base import ids
from wx_backend.base.audit import RECORDS, record_of
from wx_backend.base.collection import Collection, Index
from wx_backend.base.context import Ctx
from wx_backend.base.outbox import CRITICAL, RELAY
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due

BATCH = 50
LEASE_SECONDS = {RELAY: 30, CRITICAL: 10}

DELIVERIES = Collection(
    "deliveries",
    retention="signal",
    indexes=(
        Index("due", (("lane", 1), ("due_at", 1)), partial={"due_at": {"$exists": True}}),
        Index("parked", (("inst", 1), ("parked_at", -1)), partial={"state": PARKED}),
        Index("done", (("done_at", 1),), sparse=True),
    ),
)


def delivery(ctx: Ctx, event: dict, reaction: str, lane: str) -> dict:
    """A delivery as stored; its id makes a repeated one the same one."""
    return {
        "_id": f"{event['id']}/{reaction}",
        "inst": event["inst"],
        "event": event,
        "reaction": reaction,
        "lane": lane,
        "state": DUE,
        "tries": 0,
        "due_at": ctx.now(),
    }


async def add(ctx: Ctx, deliveries: list[dict]) -> None:
    """Inserts those that are new."""
    await ctx.db(DELIVERIES).insert_many(deliveries)


async def audit(ctx: Ctx, events: list[dict]) -> None:
    """One audit record for each event, in the month it happened; repeats change nothing."""
    months: dict[str, list[dict]] = defaultdict(list)
    for event in events:
        action = "event:" + event["type"].replace(".", ":")
        key = ids.derive("aud", event["id"])
        record = record_of(ctx, key, action, event["subject"], event=event["id"])
        told = {name: event[name] for name in ("inst", "at", "actor", "trace")}
        months[f"{event['at']:%Y%m}"].append({**record, **told})
    for records in months.values():
        await ctx.db(RECORDS).month(records[0]["at"]).insert_many(records)


async def claim(ctx: Ctx, lane: str) -> list[dict]:
    """Up to ``BATCH`` due deliveries of a lane, leased to the caller."""
    return await claim_due(ctx, DELIVERIES, BATCH, LEASE_SECONDS[lane], {"lane": lane})


def succeeded(doc: dict, now: datetime) -> tuple[dict, dict]:
    """The change that ends a delivery; true whoever holds the lease by now."""
    return (
        {"_id": doc["_id"], "state": DUE},
        {"$set": {"state": DONE, "done_at": now}, "$unset": {**SETTLED, "reason": ""}},
    )


def failed(doc: dict, now: datetime, reason: str, wait: timedelta | None) -> tuple[dict, dict]:
    """The change after a failure: due again after ``wait``, or parked when that is None."""
    mine = {"_id": doc["_id"], "lease": doc["lease"]}
    told: dict[str, Any] = {"reason": reason, "tries": doc["tries"] + 1}
    if wait is None:
        return mine, {"$set": {**told, "state": PARKED, "parked_at": now}, "$unset": SETTLED}
    return mine, {"$set": {**told, "due_at": now + wait}, "$unset": RELEASED}


async def settle(ctx: Ctx, changes: list[tuple[dict, dict]]) -> None:
    """Writes the outcomes of a batch in one round trip."""
    await ctx.db(DELIVERIES).change_each(changes)


async def parked(ctx: Ctx, limit: int) -> list[dict]:
    return await ctx.db(DELIVERIES).find({"state": PARKED}, sort=[("parked_at", -1)], limit=limit)


async def unpark(ctx: Ctx, key: str) -> dict | None:
    """Makes a parked delivery due with all its tries; None when it is not parked (any more)."""
    return await ctx.db(DELIVERIES).change(
        {"_id": key, "state": PARKED},
        {
            "$set": {"state": DUE, "due_at": ctx.now(), "tries": 0},
            "$unset": {"parked_at": "", "reason": ""},
        },
    )


async def mend(ctx: Ctx, doc: dict, data: dict, reason: str) -> bool:
    """Other data for a parked delivery; every version before it is kept. False when it is not
    parked (any more), or somebody else was first.
    """
    before = {"data": doc["event"]["data"], "until": ctx.wire_now(), "by": str(ctx.actor)}
    found = await ctx.db(DELIVERIES).change(
        {"_id": doc["_id"], "state": PARKED, "versions": {"$size": len(doc["versions"])}}
        if "versions" in doc
        else {"_id": doc["_id"], "state": PARKED, "versions": {"$exists": False}},
        {"$set": {"event.data": data}, "$push": {"versions": {**before, "reason": reason}}},
    )
    return found is not None


async def get(ctx: Ctx, key: str) -> dict | None:
    return await ctx.db(DELIVERIES).get(key)


async def oldest_due(ctx: Ctx) -> datetime | None:
    """Since when (business time) the longest waiting delivery is due; None when nothing is."""
    dates = [
        docs[0]["due_at"]
        for lane in LEASE_SECONDS
        if (
            docs := await ctx.db(DELIVERIES).find(
                {"lane": lane, "due_at": {"$lte": ctx.now()}},
                sort=[("due_at", 1)],
                limit=1,
                only=["due_at"],
            )
        )
    ]
    return min(dates, default=None)


async def forget(ctx: Ctx, before: datetime, limit: int) -> int:
    """Removes up to ``limit`` deliveries done before a moment; how many."""
    table = ctx.db(DELIVERIES)
    old = await table.find({"done_at": {"$lt": before}}, limit=limit, only=["_id"])
    return await table.delete_many({"_id": {"$in": [doc["_id"] for doc in old]}}) if old else 0
