"""The staff directory: who works here, in which roles, and when they leave."""

from collections.abc import Iterable
from typing import Any

import msgspec

from wx_backend.base import ids
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.events import EventType, happened
from wx_backend.directory.departments import service as departments
from wx_backend.identity.patients.model import clean_phone
from wx_backend.identity.revocations import service as revocations
from wx_backend.identity.staff import store
from wx_backend.identity.staff.events import ADDED, CHANGED, GRANTED, LEFT, REJOINED
from wx_backend.identity.staff.model import (
    MEMBER,
    Member,
    MemberForm,
    NumberTaken,
    OwnRoles,
    clean_number,
    clean_roles,
)


class Page(msgspec.Struct, frozen=True):
    """``after`` asks for the next ones, empty at the end."""

    items: list[Member]
    after: str


async def add(ctx: Ctx, number: str, form: MemberForm) -> Member:
    """A new member, without roles: those are another administrator's to give.

    Raises:
        Invalid: a field is wrong. NumberTaken. NotFound: no such department here.
    """
    key = ids.new("stf")
    member = Member(
        id=key,
        inst=ctx.institution or "",
        number=clean_number(number),
        created_at=ctx.now(),
        **await _checked(ctx, key, form),
    )
    event = happened(ctx, ADDED, key, 1, member=key, number=member.number)
    try:
        await store.insert(ctx, member, event)
    except Duplicate:
        raise NumberTaken(fields={"number": NumberTaken.message}) from None
    ctx.house.nudge()
    return member


async def register(ctx: Ctx, members: list[Member]) -> int:
    """Takes over members as another directory has them; who is there stays. How many are new."""
    added = await store.insert_new(ctx, members)
    if added:
        inst = ctx.institution or ""
        await ctx.house.audit.record(ctx, "staff:directory:imported", inst, members=added)
    return added


async def member(ctx: Ctx, member_id: str) -> Member:
    """Raises NotFound: unknown here, or another institution's."""
    found = await store.get(ctx, member_id)
    if found is None:
        raise NotFound("没有找到这名员工")
    return found


async def members(ctx: Ctx, member_ids: Iterable[str]) -> dict[str, Member]:
    """Those of the context's institution, by id; one call."""
    return {one.id: one for one in await store.some(ctx, member_ids)}


async def by_number(ctx: Ctx, number: str) -> Member | None:
    """By staff number, as the HIS names somebody."""
    return await store.find(ctx, number=number) if number else None


async def with_roles(ctx: Ctx, roles: Iterable[str]) -> list[Member]:
    """Everybody who works here in one of these roles, by number; one call."""
    return await store.with_roles(ctx, roles)


async def by_wecom(ctx: Ctx, userid: str) -> Member | None:
    """By WeCom userid, whatever its case."""
    return await store.find(ctx, wecom=userid.lower()) if userid else None


async def search(
    ctx: Ctx,
    words: str = "",
    department_id: str = "",
    state: str = "",
    after: str = "",
    limit: int = 20,
) -> Page:
    """A page of the directory, by number."""
    found = await store.page(ctx, words.strip(), department_id, state, after, limit + 1)
    more = len(found) > limit
    return Page(found[:limit], found[limit - 1].number if more else "")


async def phone(ctx: Ctx, member: Member) -> str:
    """The member's own number, for a call in an emergency or an edit; empty without. Audited."""
    if not member.phone:
        return ""
    await ctx.house.audit.record(ctx, "staff:phone:revealed", member.id)
    return ctx.house.vault.open(member.phone, _aad(member.id))


async def edit(ctx: Ctx, member_id: str, version: int, form: MemberForm) -> Member:
    """Changes what describes a member; an empty phone number leaves the stored one.

    Raises:
        NotFound, Invalid, NumberTaken, WrongState (somebody changed it meanwhile).
    """
    found = await member(ctx, member_id)
    wanted = await _checked(ctx, member_id, form)
    if not form.phone:
        wanted.pop("phone")
    changed = sorted(name for name, value in wanted.items() if value != getattr(found, name))
    return await _change(ctx, found, version, wanted, CHANGED, fields=changed)


async def grant(ctx: Ctx, member_id: str, version: int, roles: Iterable[str]) -> Member:
    """Gives exactly these roles; every session with the former ones ends.

    Raises:
        OwnRoles: nobody grants to themselves. NotFound, Invalid, WrongState.
    """
    wanted = clean_roles(roles)
    found = await member(ctx, member_id)
    _not_oneself(ctx, found)
    told = {"roles": list(wanted), "before": list(found.roles)}
    return await _ending(ctx, found, version, {"roles": list(wanted)}, GRANTED, **told)


async def leave(ctx: Ctx, member_id: str, version: int) -> Member:
    """ACTIVE → LEFT: gives up roles, WeCom userid and sessions, and stays in the records.

    Raises:
        OwnRoles, NotFound, WrongState.
    """
    found = await member(ctx, member_id)
    _not_oneself(ctx, found)
    fields = {"state": MEMBER.next(found.state, "leave"), "roles": [], "wecom": ""}
    return await _ending(ctx, found, version, fields, LEFT)


async def rejoin(ctx: Ctx, member_id: str, version: int) -> Member:
    """LEFT → ACTIVE, without roles. Raises NotFound, WrongState."""
    found = await member(ctx, member_id)
    fields = {"state": MEMBER.next(found.state, "rejoin")}
    return await _change(ctx, found, version, fields, REJOINED)


async def end_sessions(ctx: Ctx, member_id: str) -> Member:
    """Every session of the member is over, everywhere within a second. Raises NotFound."""
    found = await store.next_epoch(ctx, member_id)
    if found is None:
        raise NotFound("没有找到这名员工")
    await revocations.end(ctx, member_id, found.epoch)
    return found


def _not_oneself(ctx: Ctx, found: Member) -> None:
    if found.id == ctx.actor.id:
        raise OwnRoles()


async def _checked(ctx: Ctx, key: str, form: MemberForm) -> dict[str, Any]:
    """The fields of a form as they are stored."""
    if form.department_id:
        await departments.department(ctx, form.department_id)
    return {
        "name": form.name.strip(),
        "title": form.title.strip(),
        "department_id": form.department_id,
        "wecom": form.wecom.strip().lower(),
        "phone": ctx.house.vault.seal(clean_phone(form.phone), _aad(key)) if form.phone else "",
    }


def _aad(member_id: str) -> str:
    return f"staff.phone:{member_id}"


async def _ending(
    ctx: Ctx, found: Member, version: int, fields: dict[str, Any], kind: EventType, **told: Any
) -> Member:
    """A change of rights: sessions that carry the former ones end."""
    changed = await _change(ctx, found, version, fields, kind, ends_sessions=True, **told)
    await revocations.end(ctx, changed.id, changed.epoch)
    return changed


async def _change(
    ctx: Ctx,
    found: Member,
    version: int,
    fields: dict[str, Any],
    kind: EventType,
    /,
    ends_sessions: bool = False,
    **told: Any,
) -> Member:
    if found.version != version:
        raise WrongState(version=found.version)
    event = happened(ctx, kind, found.id, version + 1, member=found.id, number=found.number, **told)
    try:
        changed = await store.change(ctx, found, fields, event, ends_sessions)
    except Duplicate:
        raise NumberTaken(fields={"wecom": NumberTaken.message}) from None
    if changed is None:
        raise WrongState()
    ctx.house.nudge()
    return changed
