"""Reminders in MongoDB: one document for each appointment, due at its next reminder."""

from datetime import datetime

import msgspec

from booking.reminders.model import Step
from wx_backend.base import ids
from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due

REMINDERS = Collection(
    "reminders", retention="signal", outbox=True, ages="starts_at", indexes=(DUE_INDEX,)
)


async def add(ctx: Ctx, appointment: str, starts_at: datetime, steps: list[Step]) -> bool:
    """False when the appointment has its reminders already."""
    doc = {
        "_id": ids.derive("rmd", appointment),
        "appointment": appointment,
        "starts_at": starts_at,
        "steps": msgspec.to_builtins(steps, builtin_types=(datetime,)),
        "due_at": steps[0].at,
    }
    try:
        await ctx.db(REMINDERS).insert_together(doc)
    except Duplicate:
        return False
    return True


async def due(ctx: Ctx, limit: int = 50) -> list[dict]:
    """Reminders whose time has come, of all institutions; by lease."""
    return await claim_due(ctx, REMINDERS, limit)


async def done(ctx: Ctx, doc: dict, told: dict | None, left: list[dict]) -> None:
    """The first step is over, announced by ``told`` or not at all; ``left`` are still to come."""
    update: dict = {"$set": {"steps": left}, "$unset": SETTLED}
    if left:
        update = {"$set": {"steps": left, "due_at": left[0]["at"]}, "$unset": RELEASED}
    if told:
        update["$push"] = {"outbox": told}
    mine = {"_id": doc["_id"], "lease": doc["lease"]}
    if await ctx.db(REMINDERS).change(mine, update) and told:
        ctx.house.nudge()
