"""The work list: anybody may open a task; staff take, give back and finish them."""

from datetime import datetime
from typing import Any

from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.events import EventType, happened
from wx_backend.base.sweeper import Sweep
from wx_backend.identity.worklist import store
from wx_backend.identity.worklist.events import DONE, ESCALATED, OPENED, RELEASED, TAKEN
from wx_backend.identity.worklist.model import KINDS, TASK, Task, escalation, task_id

SHOWN = {"": ("OPEN", "TAKEN"), "done": ("DONE",)}
"""States by tab of the list."""


async def open_task(
    ctx: Ctx, kind: str, cause: str, subject: str, about: str, person: str = ""
) -> Task:
    """Makes a task; the same ``cause`` told again is the same task, opened anew if it was done,
    unless its kind says that the cause cannot come back.

    Args:
        kind: a row of ``KINDS``.
        about: the subject in words, without personal data.
        person: the one member it is for; else everybody with the kind's role.

    Raises:
        KeyError: no such kind.
    """
    row = KINDS[kind]
    now = ctx.now()
    task = Task(
        id=task_id(ctx.institution or "", kind, cause),
        inst=ctx.institution or "",
        kind=kind,
        subject=subject,
        about=about,
        roles=(row.role,),
        person=person,
        priority=row.priority,
        deadline=now + row.within,
        opened_at=now,
    )
    if await store.insert(ctx, task, _told(ctx, OPENED, task, 1)):
        ctx.house.nudge()
        return task
    return await _again(ctx, task)


async def settle(ctx: Ctx, kind: str, cause: str, at: datetime | None = None) -> None:
    """The cause is gone without anybody's doing; nothing happens when there is no such task.

    Args:
        at: when it went; a task that was opened since is about something that has come later.
    """
    task = await store.get(ctx, task_id(ctx.institution or "", kind, cause))
    if task and task.state != "DONE" and (at is None or task.opened_at <= at):
        fields = {"state": TASK.next(task.state, "settle"), "done_at": ctx.now()}
        await _write(ctx, task, fields, DONE)


async def mine(ctx: Ctx, tab: str = "", page: int = 1, limit: int = 20) -> tuple[list[Task], bool]:
    """A page of the signed-in member's tasks, most urgent first, and whether there are more."""
    found = await store.page(
        ctx, SHOWN[tab], ctx.actor.id, ctx.actor.roles, (page - 1) * limit, limit + 1
    )
    return found[:limit], len(found) > limit


async def waiting(ctx: Ctx) -> int:
    """How many tasks wait for the signed-in member."""
    return await store.count(ctx, ctx.actor.id, ctx.actor.roles)


async def take(ctx: Ctx, key: str, version: int) -> Task:
    """OPEN → TAKEN. Raises NotFound (also when it is not theirs), WrongState."""
    return await _act(ctx, key, version, "take", TAKEN, holder=ctx.actor.id)


async def release(ctx: Ctx, key: str, version: int) -> Task:
    """TAKEN → OPEN, by its holder. Raises NotFound, WrongState."""
    return await _act(ctx, key, version, "release", RELEASED, holder="")


async def finish(ctx: Ctx, key: str, version: int, note: str) -> Task:
    """TAKEN → DONE, by its holder, with what was done. Raises NotFound, WrongState."""
    ended = {"note": note.strip(), "done_at": ctx.now()}
    return await _act(ctx, key, version, "finish", DONE, **ended)


async def escalate_due(ctx: Ctx) -> int:
    """Asks further roles for a batch of tasks whose deadline has passed."""
    overdue = await store.overdue(ctx)
    for task in overdue:
        fields = escalation(task)
        told = {"roles": fields["roles"], "person": ""}
        await _write(ctx.within(task.inst), task, fields, ESCALATED, **told)
    return len(overdue)


async def _again(ctx: Ctx, task: Task) -> Task:
    found = await store.get(ctx, task.id)
    if found is None or found.state != "DONE" or KINDS[task.kind].once:
        return found or task
    fields = {
        "state": TASK.next(found.state, "reopen"),
        "about": task.about,
        "roles": list(task.roles),
        "priority": task.priority,
        "deadline": task.deadline,
        "holder": "",
        "done_at": None,
        "escalated": 0,
    }
    return await _write(ctx, found, fields, OPENED) or found


async def _act(
    ctx: Ctx, key: str, version: int, action: str, kind: EventType, **fields: Any
) -> Task:
    task = await store.get(ctx, key)
    if task is None or not task.is_for(ctx.actor.id, ctx.actor.roles):
        raise NotFound("没有找到这项待办")
    state = TASK.next(task.state, action)
    if task.version != version or (task.holder and task.holder != ctx.actor.id):
        raise WrongState(state=task.state)
    changed = await _write(ctx, task, {"state": state, **fields}, kind)
    if changed is None:
        raise WrongState()
    return changed


async def _write(
    ctx: Ctx, task: Task, fields: dict[str, Any], kind: EventType, **told: Any
) -> Task | None:
    event = _told(ctx, kind, task, task.version + 1, **told)
    changed = await store.change(ctx, task, fields, event)
    ctx.house.nudge()
    return changed


def _told(ctx: Ctx, kind: EventType, task: Task, version: int, **other: Any) -> dict:
    facts = {
        "task": task.id,
        "work": task.kind,
        "concerns": task.subject,
        "roles": list(task.roles),
        "person": task.person,
        **other,
    }
    return happened(ctx, kind, task.id, version, **facts)


sweeps = [Sweep("tasks escalate", escalate_due, every=5)]
