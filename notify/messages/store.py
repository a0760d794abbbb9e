"""Messages, who cannot be reached, and how many cards members got, in MongoDB.

A message lives in the collection of the month (UTC) of its event, whenever it is made, so that
making it twice meets itself. Due work is looked for in this month and the one before.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from notify.messages.model import DUE, PARKED, SENDING, SENT, SKIPPED, UNKNOWN
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.outbox import CRITICAL, RELAY
from wx_backend.base.scoped import Scoped
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due
from wx_backend.identity.accounts.model import handed_back, handed_over

BATCH = 50
LEASE_SECONDS = {RELAY: 60, CRITICAL: 15}
MONTHS_KEPT = 12

MESSAGES = Collection(
    "messages",
    retention="message",
    monthly=True,
    indexes=(
        Index("mine", (("inst", 1), ("account", 1), ("at", -1))),
        Index("due", (("lane", 1), ("due_at", 1)), partial={"due_at": {"$exists": True}}),
        Index("unheard", (("ring_at", 1),), sparse=True),
        Index("asked", (("ask_at", 1),), sparse=True),
        Index("msgid", (("msgid", 1),), sparse=True),
        Index("about", (("about", 1),), sparse=True),
        Index("newest", (("inst", 1), ("at", -1), ("_id", -1))),
        Index("subject", (("inst", 1), ("event.subject", 1))),
        Index("parked", (("inst", 1), ("state", 1), ("at", -1)), partial={"state": PARKED}),
    ),
)
WECHAT_CALLBACKS = Collection(
    "wechat_callbacks", retention="message", monthly=True, indexes=(DUE_INDEX,)
)
WECOM_CALLBACKS = Collection(
    "wecom_callbacks", retention="message", monthly=True, indexes=(DUE_INDEX,)
)
REACH = Collection("reach", retention="account")
PREFERENCES = Collection("message_preferences", retention="account", scoped=False)
CONSENTS = Collection("message_consents", retention="account")
PACES = Collection("paces", retention="staff")
TEXTS = Collection("texts", retention="account")

Change = tuple[dict, dict]

WAITED = {"ring_at": ""}
"""For ``$unset``: nobody waits any more for what the platform tells of an UNKNOWN message."""

AGREED, HEARD = "agreed", "heard"
"""Agreements that the mini-program reported, and that the platform told us of."""

_TOTAL = {"$max": [{"$ifNull": [f"${AGREED}", 0]}, {"$ifNull": [f"${HEARD}", 0]}]}
_LEFT = {"$subtract": [_TOTAL, {"$ifNull": ["$used", 0]}]}
REMEMBERED = 50
"""Reports of agreements by which a repetition is known."""


def months(moment: datetime, back: int = 1) -> list[datetime]:
    """A moment in this month and in each of ``back`` months before it, newest first."""
    found = [moment]
    for _ in range(back):
        found.append(found[-1].replace(day=1) - timedelta(days=1))
    return found


async def add(ctx: Ctx, month: datetime, doc: dict) -> bool:
    """False when it was there already."""
    try:
        await ctx.db(MESSAGES).month(month).insert_together(doc)
    except Duplicate:
        return False
    return True


async def add_all(ctx: Ctx, month: datetime, docs: list[dict]) -> list[bool]:
    """For each, False when it was there already; they share a round trip."""
    return await asyncio.gather(*(add(ctx, month, doc) for doc in docs))


async def claim(ctx: Ctx, lane: str, month: datetime) -> list[dict]:
    """Up to ``BATCH`` messages to send, leased to the caller; SENDING ones were left by a crash."""
    return await claim_due(ctx, MESSAGES, BATCH, LEASE_SECONDS[lane], {"lane": lane}, month)


async def sending(ctx: Ctx, month: datetime, docs: list[dict], channel: str) -> list[dict]:
    """Marks a wave as SENDING by a channel, one call; returns those still leased to the caller."""
    table = ctx.db(MESSAGES).month(month)
    mine = {
        "_id": {"$in": [doc["_id"] for doc in docs]},
        "lease": {"$in": [doc["lease"] for doc in docs]},
        "leased_until": {"$gt": ctx.wire_now()},
    }
    told = {"state": SENDING, "sending_at": ctx.wire_now(), "via": channel}
    marked = await table.change_many(mine, {"$set": told})
    if marked == len(docs):
        return docs
    kept = {doc["_id"] for doc in await table.find(mine, only=["_id"])}
    return [doc for doc in docs if doc["_id"] in kept]


def noted(ctx: Ctx, doc: dict, channel: str, reason: str, code: str = "") -> None:
    """Remembers, for the next change of ``doc``, why ``channel`` did not take it; once each."""
    known = doc.setdefault("attempts", [])
    if all((one["channel"], one["reason"]) != (channel, reason) for one in known):
        known.append({"channel": channel, "reason": reason, "code": code, "at": ctx.now()})


def _tried(doc: dict) -> dict:
    return {"attempts": doc["attempts"]} if doc.get("attempts") else {}


def ended(doc: dict, state: str, **told: Any) -> Change:
    """The change into a state in which nothing is due any more."""
    return _mine(doc), {"$set": {"state": state, **_tried(doc), **told}, "$unset": SETTLED}


def accepted(doc: dict, code: str = "", **told: Any) -> Change:
    """The change to SENT: a fact, whoever has taken the message over by now.

    ``code`` changes the card once; there may be one of a tap already.
    """
    update = {"$set": {"state": SENT, **_tried(doc), **told}, "$unset": SETTLED | WAITED}
    return {"_id": doc["_id"]}, {**update, "$push": {"codes": code}} if code else update


def again(doc: dict, due_at: datetime, **told: Any) -> Change:
    """The change back to DUE at a later time."""
    fields = {"state": DUE, "due_at": due_at, **_tried(doc), **told}
    return _mine(doc), {"$set": fields, "$unset": RELEASED}


def _mine(doc: dict) -> dict:
    return {"_id": doc["_id"], "lease": doc["lease"]}


async def settle(ctx: Ctx, month: datetime, changes: list[Change]) -> None:
    """Writes the outcomes of a wave in one round trip."""
    await ctx.db(MESSAGES).month(month).change_each(changes)


async def page(
    ctx: Ctx, account: str, months: list[datetime], before: tuple[datetime, str] | None, limit: int
) -> list[dict]:
    """Messages shown to an account, newest first, older than ``before``; one call."""
    older: dict[str, Any] = {}
    if before:
        at, key = before
        older = {"$or": [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": key}}]}
    return await ctx.db(MESSAGES).find_over(
        months,
        {"account": account, "state": {"$ne": SKIPPED}, **older},
        sort=[("at", -1), ("_id", -1)],
        limit=limit,
    )


async def unread(ctx: Ctx, account: str, month: datetime) -> int:
    return (
        await ctx.db(MESSAGES)
        .month(month)
        .count({"account": account, "read_at": None, "state": {"$ne": SKIPPED}})
    )


async def read(ctx: Ctx, account: str, month: datetime, ids: list[str] | None) -> int:
    """Marks messages of the account as read: those named, or all."""
    named = {} if ids is None else {"_id": {"$in": ids}}
    return (
        await ctx.db(MESSAGES)
        .month(month)
        .change_many(
            {"account": account, "read_at": None, **named}, {"$set": {"read_at": ctx.now()}}
        )
    )


async def adopt(ctx: Ctx, account: str, into: str, month: datetime) -> int:
    """Gives the messages of one account to another."""
    return await ctx.db(MESSAGES).month(month).change_many(*handed_over(account, into))


async def give_back(ctx: Ctx, account: str, of: str, month: datetime) -> int:
    """The messages that came from an account which is its own again."""
    return await ctx.db(MESSAGES).month(month).change_many(*handed_back(account, of))


async def delivered(ctx: Ctx, month: datetime, msgid: str, delivery: str) -> dict | None:
    """Notes what became of the accepted message ``msgid``; None when this month has none."""
    return (
        await ctx.db(MESSAGES)
        .month(month)
        .change({"msgid": msgid}, {"$set": {"delivery": delivery, "delivery_at": ctx.wire_now()}})
    )


async def unanswered(ctx: Ctx, account: str, via: str) -> list[dict]:
    """What went to an account by this channel and is not answered (yet), of this month and the
    last; one call.
    """
    lost = {"account": account, "via": via, "state": {"$in": [SENDING, UNKNOWN]}}
    newest = [("sending_at", -1)]
    return await ctx.db(MESSAGES).find_over(months(ctx.wire_now()), lost, newest, BATCH)


async def knows(ctx: Ctx, msgid: str) -> bool:
    """Whether the platform has called a message of this month or the last so; one call."""
    named = {"msgid": msgid}
    return bool(await ctx.db(MESSAGES).find_over(months(ctx.wire_now()), named, [("_id", 1)], 1))


async def found_out(ctx: Ctx, doc: dict, msgid: str) -> dict | None:
    """UNKNOWN → SENT: the platform calls it ``msgid``; None when that is known already."""
    told = {"state": SENT, "msgid": msgid, "channel": doc["via"], "sent_at": ctx.now()}
    lost = {"_id": doc["_id"], "state": UNKNOWN}
    return await _month_of(ctx, doc).change(lost, {"$set": told, "$unset": WAITED})


async def unheard(ctx: Ctx, month: datetime) -> list[dict]:
    """A batch of UNKNOWN messages whose time has come without a word about them."""
    due = {"ring_at": {"$lte": ctx.now()}, "state": UNKNOWN}
    return await ctx.db(MESSAGES).month(month).find(due, sort=[("ring_at", 1)], limit=BATCH)


async def waited(ctx: Ctx, doc: dict) -> None:
    """A person was asked to ring."""
    await _month_of(ctx, doc).change({"_id": doc["_id"]}, {"$unset": WAITED})


async def with_id(ctx: Ctx, key: str) -> dict | None:
    """A message of this month or the last."""
    for month in months(ctx.wire_now()):
        if found := await get(ctx, month, key):
            return found
    return None


async def close_cards(ctx: Ctx, about: str, words: str) -> list[dict]:
    """Notes on every message about ``about`` that its card is closed; those whose card can be
    changed, of this month and the last.
    """
    open_cards = []
    for month in months(ctx.wire_now()):
        table = ctx.db(MESSAGES).month(month)
        await table.change_many({"about": about}, {"$set": {"closed": words}})
        open_cards += await table.find({"about": about, "codes.0": {"$exists": True}})
    return open_cards


async def closed_meanwhile(ctx: Ctx, month: datetime, keys: list[str]) -> list[dict]:
    """Those of the messages that were closed before their card could be changed."""
    late = {"_id": {"$in": keys}, "closed": {"$exists": True}, "codes.0": {"$exists": True}}
    return await ctx.db(MESSAGES).month(month).find(late)


async def add_code(ctx: Ctx, doc: dict, code: str) -> dict | None:
    """Keeps a code that changes the card of a message, and whose card it is; the message then."""
    update = {"$addToSet": {"codes": code}, "$set": {"userid": doc["userid"]}}
    return await _month_of(ctx, doc).change({"_id": doc["_id"]}, update)


async def take_code(ctx: Ctx, doc: dict, code: str) -> bool:
    """Whether the caller may spend ``code``: each is good for one change."""
    mine = {"_id": doc["_id"], "codes": code}
    return await _month_of(ctx, doc).change(mine, {"$pull": {"codes": code}}) is not None


def _month_of(ctx: Ctx, doc: dict) -> Scoped:
    return ctx.db(MESSAGES).month(doc["event"]["at"])


async def pace(ctx: Ctx, member: str) -> dict | None:
    """``minute`` and the cards ``taken`` in it."""
    return await ctx.db(PACES).get(member)


async def set_pace(ctx: Ctx, member: str, seen: dict | None, minute: int, taken: int) -> bool:
    """False when somebody else was first."""
    now = {"minute": minute, "taken": taken}
    if seen:
        was = {"_id": member, "minute": seen["minute"], "taken": seen["taken"]}
        return await ctx.db(PACES).change(was, {"$set": now}) is not None
    try:
        await ctx.db(PACES).insert({"_id": member, **now})
    except Duplicate:
        return False
    return True


async def unreachable(ctx: Ctx, key: str) -> str | None:
    """Why nothing is sent to this openid for the time being; None when it can be tried."""
    doc = await ctx.db(REACH).get(key)
    return doc["reason"] if doc and doc["until"] > ctx.now() else None


async def close_off(ctx: Ctx, key: str, reason: str, until: datetime) -> None:
    await ctx.db(REACH).put(key, {"reason": reason, "until": until})


async def open_up(ctx: Ctx, key: str) -> None:
    await ctx.db(REACH).delete_many({"_id": key})


async def get(ctx: Ctx, month: datetime, key: str) -> dict | None:
    return await ctx.db(MESSAGES).month(month).get(key)


async def in_state(ctx: Ctx, month: datetime, state: str, limit: int) -> list[dict]:
    return (
        await ctx.db(MESSAGES).month(month).find({"state": state}, sort=[("at", -1)], limit=limit)
    )


async def log(ctx: Ctx, months: list[datetime], wanted: dict, limit: int) -> list[dict]:
    """Messages that match ``wanted``, newest first; one call."""
    newest = [("at", -1), ("_id", -1)]
    return await ctx.db(MESSAGES).find_over(months, wanted, sort=newest, limit=limit)


async def unpark(ctx: Ctx, month: datetime, key: str) -> dict | None:
    """PARKED → DUE; None when it is not parked (any more)."""
    return (
        await ctx.db(MESSAGES)
        .month(month)
        .change(
            {"_id": key, "state": PARKED}, {"$set": {"state": DUE, "due_at": ctx.now(), "tries": 0}}
        )
    )


async def preferences(ctx: Ctx, account: str) -> dict:
    """What the account asked for, wherever it is a patient; empty when it asked for nothing."""
    return await ctx.db(PREFERENCES).get(account) or {}


async def set_preferences(ctx: Ctx, account: str, fields: dict) -> None:
    await ctx.db(PREFERENCES).put(account, {**fields, "came_from": []})


async def take_preferences_over(ctx: Ctx, account: str, doc: dict) -> None:
    """Nothing happens when the account has its own."""
    came = [*doc.get("came_from", ()), doc["_id"]]
    with suppress(Duplicate):
        await ctx.db(PREFERENCES).insert({**doc, "_id": account, "came_from": came})


async def give_preferences_up(ctx: Ctx, account: str, came_from: str) -> None:
    """Nothing happens when the account has its own."""
    await ctx.db(PREFERENCES).delete_many({"_id": account, "came_from": came_from})


async def agree(ctx: Ctx, key: str, whose: str, told: str) -> None:
    """Counts an agreement that ``whose`` side tells of, unless it has ``told`` it before."""
    once = {"_id": key, f"{whose}_by": {"$ne": told}}
    seen = {"$push": {f"{whose}_by": {"$each": [told], "$slice": -REMEMBERED}}}
    with suppress(Duplicate):  # told before
        await ctx.db(CONSENTS).change(once, {"$inc": {whose: 1}, **seen}, upsert=True)


async def consents_left(ctx: Ctx, keys: list[str]) -> dict[str, int]:
    """By key, those that are known."""
    docs = await ctx.db(CONSENTS).aggregate(
        {"$match": {"_id": {"$in": keys}}}, {"$project": {"left": _LEFT}}
    )
    return {doc["_id"]: doc["left"] for doc in docs}


async def take_consent(ctx: Ctx, key: str) -> bool:
    """Whether the caller may send one message: each agreement is good for one."""
    unused = {"_id": key, "$expr": {"$gt": [_LEFT, 0]}}
    return await ctx.db(CONSENTS).change(unused, {"$inc": {"used": 1}}) is not None


async def give_consent_back(ctx: Ctx, key: str) -> None:
    await ctx.db(CONSENTS).change({"_id": key}, {"$inc": {"used": -1}})


async def use_up(ctx: Ctx, key: str) -> None:
    """Nothing is left, and both sides have told the same."""
    await ctx.db(CONSENTS).change({"_id": key}, {"$set": {AGREED: 0, HEARD: 0, "used": 0}})


async def forget(ctx: Ctx, month: datetime, account: str) -> None:
    """The account's messages of a month."""
    await ctx.db(MESSAGES).month(month).delete_many({"account": account})


async def forget_wishes(ctx: Ctx, account: str, agreed: list[str], reached: list[str]) -> None:
    """What the account asked for, agreed to, how and why not it was reached; by key."""
    await ctx.db(PREFERENCES).delete_many({"_id": account})
    await ctx.db(CONSENTS).delete_many({"_id": {"$in": agreed}})
    for table in (REACH, TEXTS):
        await ctx.db(table).delete_many({"_id": {"$in": reached}})
