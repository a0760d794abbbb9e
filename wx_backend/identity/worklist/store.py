"""Tasks in MongoDB."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from wx_backend.base.collection import DUE_INDEX, Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.base.sweeper import RELEASED, SETTLED, claim_due
from wx_backend.identity.worklist.model import Task

LIVE = ("OPEN", "TAKEN")

TASKS = Collection(
    "tasks",
    retention="audit",
    ages="done_at",
    outbox=True,
    indexes=(
        Index("list", (("inst", 1), ("state", 1), ("priority", 1), ("deadline", 1))),
        DUE_INDEX,
    ),
)


async def insert(ctx: Ctx, task: Task, event: dict) -> bool:
    """False when the task is there already."""
    doc = msgspec.to_builtins(task, builtin_types=(datetime,))
    try:
        await ctx.db(TASKS).insert({**doc, "due_at": task.deadline, "outbox": [event]})
    except Duplicate:
        return False
    return True


async def get(ctx: Ctx, task_id: str) -> Task | None:
    return _task(await ctx.db(TASKS).get(task_id))


async def page(
    ctx: Ctx, states: Iterable[str], member: str, roles: Iterable[str], skip: int, limit: int
) -> list[Task]:
    """Those for this member, most urgent first."""
    docs = await ctx.db(TASKS).find(
        {"state": {"$in": list(states)}, **_for(member, roles)},
        sort=[("priority", 1), ("deadline", 1), ("_id", 1)],
        limit=skip + limit,
    )
    return [msgspec.convert(doc, Task) for doc in docs[skip:]]


async def count(ctx: Ctx, member: str, roles: Iterable[str]) -> int:
    """Live tasks for this member that nobody else has taken."""
    mine = {"$or": [{"state": "OPEN"}, {"holder": member}]}
    live = {"state": {"$in": list(LIVE)}}
    return await ctx.db(TASKS).count({"$and": [live, mine, _for(member, roles)]})


async def change(ctx: Ctx, task: Task, fields: dict[str, Any], event: dict) -> Task | None:
    """One conditional write on this version. A task that ended or escalated is due no more."""
    live = fields.get("state") != "DONE" and not fields.get("escalated", task.escalated)
    due = {"due_at": fields.get("deadline", task.deadline)} if live else {}
    doc = await ctx.db(TASKS).change(
        {"_id": task.id, "version": task.version},
        {
            "$set": {**fields, **due},
            "$unset": RELEASED if live else SETTLED,
            "$inc": {"version": 1},
            "$push": {"outbox": event},
        },
    )
    return _task(doc)


async def overdue(ctx: Ctx) -> list[Task]:
    """A batch of tasks past their deadline, leased to the caller."""
    return [msgspec.convert(doc, Task) for doc in await claim_due(ctx, TASKS)]


def _for(member: str, roles: Iterable[str]) -> dict:
    anybody = {"person": "", "roles": {"$in": sorted(roles)}}
    return {"$or": [anybody, {"person": member}, {"holder": member}]}


def _task(doc: dict | None) -> Task | None:
    return msgspec.convert(doc, Task) if doc else None
