"""What platforms told us by themselves, raw and unique, until it was acted upon.

Of the month (UTC) that the call was signed in, so that a call repeated next month meets itself.
"""

from datetime import datetime

from notify.messages.store import Change
from wx_backend.base.collection import Collection, Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due


async def add(ctx: Ctx, table: Collection, doc: dict) -> bool:
    """False when the platform has told us this before."""
    try:
        await ctx.db(table).month(doc["at"]).insert(doc)
    except Duplicate:
        return False
    return True


async def claim(ctx: Ctx, table: Collection, month: datetime) -> list[dict]:
    return await claim_due(ctx, table, month=month)


def acted(doc: dict) -> Change:
    return {"_id": doc["_id"]}, {"$unset": SETTLED}


def waiting(doc: dict, due_at: datetime | None) -> Change:
    """Could not be done yet; None gives up, which leaves ``unmatched`` for a person to find."""
    tries = doc["tries"] + 1
    if due_at is None:
        return {"_id": doc["_id"]}, {"$set": {"tries": tries, "unmatched": True}, "$unset": SETTLED}
    return {"_id": doc["_id"]}, {"$set": {"tries": tries, "due_at": due_at}, "$unset": RELEASED}


async def settle(ctx: Ctx, table: Collection, month: datetime, changes: list[Change]) -> None:
    await ctx.db(table).month(month).change_each(changes)
