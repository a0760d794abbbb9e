"""The one resolver of scoped parameters, and how a value comes into force: proposed, approved."""

from collections.abc import Mapping

from wx_backend.base.cache import recent
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.directory.settings import store
from wx_backend.directory.settings.effects import Effect, Place, effect
from wx_backend.directory.settings.model import (
    PARAMETERS,
    Origin,
    OwnProposal,
    Setting,
    Value,
    check_place,
    in_force,
    origin,
    resolved,
)
from wx_backend.directory.settings.reach import MADE_WITH, check_level, levels

__all__ = [
    "MADE_WITH", "approve", "drafts", "effects", "levels", "origins", "propose", "reject",
    "resolve", "values", "versions",
]  # fmt: skip


async def resolve(
    ctx: Ctx,
    name: str,
    campus: str | None = None,
    department: str | None = None,
    clinic_type: str | None = None,
    doctor: str | None = None,
) -> Value:
    """The value of a parameter at this place, from memory, at most a second old.

    The most specific approved value wins (hospital > campus > department > clinic type > doctor);
    without any, the declared default.

    Raises:
        KeyError: no such parameter is declared.
    """
    scopes = {
        "campus": campus,
        "department": department,
        "clinic_type": clinic_type,
        "doctor": doctor,
    }
    return resolved(await values(ctx), name, scopes)


async def values(ctx: Ctx) -> Mapping[tuple[str, str, str], Value]:
    """Every value in force by (name, level, scope), as ``model.resolved`` takes them."""
    return await recent(ctx.house, "settings").get(ctx.institution, lambda: _read(ctx))


async def origins(ctx: Ctx, **scopes: str) -> dict[str, Origin]:
    """Every parameter at a place, with the level its value comes from; at most a second old."""
    known = await values(ctx)
    return {name: origin(known, name, scopes) for name in PARAMETERS}


async def drafts(ctx: Ctx) -> list[Setting]:
    """What waits for somebody's decision, oldest first."""
    return await store.in_state(ctx, "DRAFT")


async def effects(ctx: Ctx, drafts: list[Setting], places: list[Place]) -> dict[str, Effect]:
    """By draft, what approving it would change at these places; no call of its own."""
    known = await values(ctx)
    return {one.id: effect(known, one, places) for one in drafts}


async def versions(ctx: Ctx, name: str) -> list[Setting]:
    """Every version of a parameter at every level, newest first."""
    return await store.versions(ctx, name)


async def propose(ctx: Ctx, name: str, value: Value, level: str, scope: str = "") -> Setting:
    """A new version, DRAFT: nothing changes until somebody else approves it.

    Raises:
        Invalid: unknown parameter, wrong kind or bounds, no such place in the hierarchy, or one
            where nothing asks for it.
        WrongState: somebody proposed a version at the same time.
    """
    if name not in PARAMETERS:
        raise Invalid(fields={"name": "没有这个参数"})
    PARAMETERS[name].check(value)
    check_place(level, scope)
    check_level(name, level)
    version = await store.latest_version(ctx, name, level, scope) + 1
    draft = await store.add_draft(ctx, name, level, scope, value, version)
    if draft is None:
        raise WrongState()
    return draft


async def approve(ctx: Ctx, setting_id: str) -> Setting:
    """DRAFT → APPROVED; in force in every process within a second."""
    return await _decide(ctx, setting_id, "approve")


async def reject(ctx: Ctx, setting_id: str) -> Setting:
    """DRAFT → REJECTED."""
    return await _decide(ctx, setting_id, "reject")


async def _decide(ctx: Ctx, setting_id: str, action: str) -> Setting:
    """One conditional write. Raises NotFound, OwnProposal or WrongState."""
    decided = await store.decide(ctx, setting_id, action)
    if decided:
        recent(ctx.house, "settings").forget(ctx.institution)
        return decided
    found = await store.get(ctx, setting_id)
    if found is None:
        raise NotFound("没有找到这个参数版本")
    if found.proposed_by == str(ctx.actor):
        raise OwnProposal()
    raise WrongState(state=found.state)


async def _read(ctx: Ctx) -> dict[tuple[str, str, str], Value]:
    return in_force(await store.approved(ctx))
