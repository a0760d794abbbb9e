"""The waiting list in MongoDB. Limits are unique ordinal keys; one conditional write per step."""

from datetime import datetime
from typing import Any

import msgspec

from booking.waiting.model import OF_ACCOUNTS, OPEN, Entry, doctor_day, key_limit
from wx_backend.base.collection import DUE_INDEX, Collection, Index
from wx_backend.base.context import Ctx
from wx_backend.base.ordinals import Held, held
from wx_backend.base.ordinals import count_again as count_again_of
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due
from wx_backend.identity.accounts.model import handed_back, handed_over

WAITING = Collection(
    "waiting",
    retention="outpatient",
    outbox=True,
    indexes=(
        Index("limits", (("limits", 1),), unique=True, sparse=True),
        Index("days", (("line", 1), ("joined_at", 1))),
        Index("mine", (("account", 1), ("joined_at", -1))),
        Index("appointment", (("appointment", 1),), partial={"appointment": {"$gt": ""}}),
        DUE_INDEX,
    ),
)


FOUND = ("appointment", "serial", "found_starts_at", "offered_at", "offered_until")
"""What an entry says of a number that was found."""


def _entry(doc: dict) -> Entry:
    return msgspec.convert(doc, Entry)


async def add(ctx: Ctx, entry: Entry, limits: list[str], due_at: datetime) -> None:
    """Raises Duplicate of ``_id`` (this request came before) or ``limits``."""
    doc = msgspec.to_builtins(entry, builtin_types=(datetime,))
    line = doctor_day(entry.doctor_id, entry.visit_date)
    await ctx.db(WAITING).insert({**doc, "line": line, "limits": limits, "due_at": due_at})


async def get(ctx: Ctx, key: str) -> Entry | None:
    doc = await ctx.db(WAITING).get(key)
    return _entry(doc) if doc else None


async def of_key(ctx: Ctx, key: str) -> Entry | None:
    """What was made under this idempotency key."""
    doc = await ctx.db(WAITING).get_by("limits", key_limit(key))
    return _entry(doc) if doc else None


async def of_appointment(ctx: Ctx, appointment: str) -> Entry | None:
    doc = await ctx.db(WAITING).find_one({"appointment": appointment})
    return _entry(doc) if doc else None


async def of_account(ctx: Ctx, account: str, limit: int) -> list[Entry]:
    """Newest first."""
    docs = await ctx.db(WAITING).find(
        {"account": account}, sort=[("joined_at", -1), ("_id", -1)], limit=limit
    )
    return [_entry(doc) for doc in docs]


async def count_of(ctx: Ctx, account: str) -> int:
    """Those of an account that still wait, or were offered a number."""
    return await ctx.db(WAITING).count({"account": account, "state": {"$in": sorted(OPEN)}})


async def lines(ctx: Ctx, keys: list[str]) -> list[Entry]:
    """Everybody who waits in these lines, first come first."""
    docs = await ctx.db(WAITING).find(
        {"line": {"$in": keys}, "state": "WAITING"}, sort=[("joined_at", 1), ("_id", 1)]
    )
    return [_entry(doc) for doc in docs]


async def of_day(ctx: Ctx, keys: list[str]) -> list[Entry]:
    """Everybody who has ever been in these lines, first come first."""
    docs = await ctx.db(WAITING).find({"line": {"$in": keys}}, sort=[("joined_at", 1), ("_id", 1)])
    return [_entry(doc) for doc in docs]


async def due(ctx: Ctx, limit: int) -> list[Entry]:
    """Who waits and is to be looked at now, of all institutions; by lease."""
    docs = await claim_due(ctx, WAITING, limit, extra={"state": "WAITING"})
    return [_entry(doc) for doc in docs]


async def look_again(ctx: Ctx, entry: Entry, due_at: datetime) -> None:
    await ctx.db(WAITING).change(
        {"_id": entry.id, "version": entry.version},
        {"$set": {"due_at": due_at}, "$unset": RELEASED},
    )


async def give(
    ctx: Ctx, entry: Entry, state: str, event: dict | None, transaction: Any, **fields: Any
) -> bool:
    """They get a number, as a part of a transaction; False when somebody was first."""
    ended = {"limits": [key_limit(entry.key)]} if state not in OPEN else {}
    update: dict[str, Any] = {"$set": {"state": state, **ended, **fields}, "$unset": SETTLED}
    return await _write(ctx, entry, update, event, transaction) is not None


async def announce(ctx: Ctx, entry: Entry, event: dict) -> Entry | None:
    """The number that was found is sure: they are told. None when somebody was first."""
    return await _write(ctx, entry, {"$set": {"asking": False}}, event)


async def put_back(ctx: Ctx, entry: Entry, state: str, event: dict | None) -> Entry | None:
    """They wait again, on their old place, and are looked at now; what was found for them is not
    theirs. None when somebody was first.
    """
    again = {"state": state, "asking": False, "round": entry.round + 1, "due_at": ctx.now()}
    update = {"$set": again, "$unset": {**dict.fromkeys(FOUND, ""), **RELEASED}}
    return await _write(ctx, entry, update, event)


async def end(ctx: Ctx, entry: Entry, state: str, event: dict | None = None) -> Entry | None:
    """One conditional write to an end; the limits go free. None when somebody was first."""
    update: dict[str, Any] = {
        "$set": {"state": state, "limits": [key_limit(entry.key)], "asking": False},
        "$unset": SETTLED,
    }
    return await _write(ctx, entry, update, event)


async def _write(
    ctx: Ctx, entry: Entry, update: dict, event: dict | None, transaction: Any = None
) -> Entry | None:
    """The next version, with its event if it has one."""
    told = {"$push": {"outbox": event}} if event else {}
    doc = (
        await ctx.db(WAITING)
        .within(transaction)
        .change(_as_read(entry), {**update, **told, "$inc": {"version": 1}})
    )
    if doc and event and transaction is None:
        ctx.house.nudge()
    return _entry(doc) if doc else None


def _as_read(entry: Entry) -> dict:
    return {"_id": entry.id, "state": entry.state, "version": entry.version}


async def count_again(ctx: Ctx, account: str) -> None:
    """The open entries of an account take its limits, whosever they were taken for; there may be
    more of them than it may have.
    """

    async def read() -> list[Held]:
        docs = await ctx.db(WAITING).find(
            {"account": account, "state": {"$in": sorted(OPEN)}},
            sort=[("joined_at", 1), ("_id", 1)],
            only=["limits"],
        )
        return held(docs, OF_ACCOUNTS, account)

    await count_again_of(ctx, WAITING, read)


async def adopt(ctx: Ctx, account: str, into: str) -> int:
    """The entries of an account that was merged into another."""
    return await ctx.db(WAITING).change_many(*handed_over(account, into))


async def give_back(ctx: Ctx, account: str, of: str) -> int:
    """The entries that came from an account which is its own again."""
    return await ctx.db(WAITING).change_many(*handed_back(account, of))
