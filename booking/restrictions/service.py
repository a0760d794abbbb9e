"""Restrictions: proposed by rules, decided by people, appealed against, over by themselves.

Two people: who hears an appeal is not who imposed the restriction. Every step is one conditional
write that carries its event, and is audited by it.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from booking.restrictions import events, store
from booking.restrictions.model import (
    BLOCKING,
    KINDS,
    LIFE,
    TOLD,
    Appeal,
    AppealedBefore,
    OwnDecision,
    Restricted,
    Restriction,
    Standing,
    ends_at,
    of_account,
    of_patient,
    whose,
)
from wx_backend.base import clock
from wx_backend.base.context import Ctx, House
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.events import EventType, happened
from wx_backend.base.sweeper import Sweep, side_by_side
from wx_backend.base.words import Filled
from wx_backend.identity.accounts import service as accounts
from wx_backend.identity.patients import access as patients
from wx_backend.identity.patients import service as people

VIEW = "restrictions"
OVERLAP = timedelta(seconds=60)
"""Changes are re-read this far back, so that clocks of two machines may differ by as much."""
SHOWN = 20

TABS: dict[str, tuple[str, ...]] = {
    "": ("PROPOSED",),
    "appealed": ("APPEALED",),
    "in_force": tuple(BLOCKING),
    "ended": ("DECLINED", "LIFTED", "EXPIRED"),
}
"""States by tab of the list."""


# --- who may book --------------------------------------------------------------------------------


def check(ctx: Ctx, patient_id: str) -> None:
    """Whether the account may book online for this patient, as known in this process: at most a
    second old. No round trip. Staff may always.

    Raises:
        Restricted.
    """
    if ctx.actor.kind != "account":
        return
    inst, subjects = ctx.institution or "", _subjects(ctx, patient_id)
    if found := standing(ctx.house).blocking(inst, subjects, ctx.now()):
        raise _refusal(*found)


async def check_stored(ctx: Ctx, patient_id: str) -> None:
    """As ``check``, for processes that follow no view: one call."""
    subjects = _subjects(ctx, patient_id)
    for one in await store.of_subjects(ctx, subjects, BLOCKING, SHOWN):
        if one.until and one.blocks(ctx.now()):
            raise _refusal(one.until, one.kind)


def _subjects(ctx: Ctx, patient_id: str) -> tuple[str, str]:
    return of_patient(patient_id), of_account(ctx.actor.id)


def _refusal(until: datetime, kind: str) -> Restricted:
    last = clock.local_date(until - timedelta(seconds=1))
    return Restricted(
        f"因{KINDS[kind]}，{last.month} 月 {last.day} 日前（含当日）暂停在线预约，"
        "可到门诊窗口预约；如有异议，请在“我的限制与申诉”中申诉",
        kind=kind,
        until=until,
    )


def standing(house: House) -> Standing:
    """This process's view."""
    if VIEW not in house.views:
        house.views[VIEW] = Standing()
    return house.views[VIEW]


async def follow(house: House) -> None:
    """Takes over what has changed: one call, each second in every web process, and before the first
    request.
    """
    known, now = standing(house), house.wire.now()
    for one in await store.changed_since(house, known.seen and known.seen - OVERLAP):
        known.put(one)
    known.seen = now


# --- rules propose, people decide ----------------------------------------------------------------


async def propose(ctx: Ctx, one: Restriction) -> bool:
    """Somebody shall decide about it. False: it is there already, or has counted before."""
    return await store.add(ctx, one, happened(ctx, events.PROPOSED, one.id, 1, **one.facts()))


async def counted(ctx: Ctx, keys: list[str]) -> set[str]:
    """Which of these grounds were judged before; one call."""
    return await store.counted(ctx, keys)


async def impose(ctx: Ctx, key: str, version: int, words: str, ban_days: int) -> Restriction:
    """PROPOSED → IN_FORCE, for as long as the rule says or shorter; the patient is told.

    Raises:
        NotFound, Invalid, WrongState.
    """
    one = await at_version(ctx, key, version)
    if not 1 <= ban_days <= one.ban_days:
        raise Invalid(fields={"ban_days": Filled("请填写 1 到 %(most)s 天", most=one.ban_days)})
    until = ends_at(ctx.today(one.zone), ban_days, one.zone)
    fields = {"until": until, **_decided(ctx, words)}
    return await _step(ctx, one, "impose", events.IMPOSED, {"until": until}, **fields)


async def decline(ctx: Ctx, key: str, version: int, words: str) -> Restriction:
    """PROPOSED → DECLINED: what was counted does not count again. Raises as ``impose``."""
    one = await at_version(ctx, key, version)
    ended = {"ended_at": ctx.now(), **_decided(ctx, words)}
    return await _step(ctx, one, "decline", events.DECLINED, {}, **ended)


async def lift(ctx: Ctx, key: str, version: int, words: str) -> Restriction:
    """IN_FORCE → LIFTED before its time; the patient is told. Raises as ``impose``."""
    one = await at_version(ctx, key, version)
    return await _step(ctx, one, "lift", events.LIFTED, {}, **_ended(ctx, words))


async def review(ctx: Ctx, key: str, version: int, words: str, upheld: bool) -> Restriction:
    """Somebody else has heard the appeal: it stays in force, or is lifted; the patient is told.

    Raises:
        OwnDecision, and as ``impose``.
    """
    one = await at_version(ctx, key, version)
    if one.decided_by == ctx.actor.id:
        raise OwnDecision()
    if one.appeal is None:
        raise WrongState(state=one.state)
    heard = msgspec.structs.replace(
        one.appeal, decided_by=ctx.actor.id, decided_at=ctx.now(), words=_said(words)
    )
    if upheld:
        until = {"until": one.until}
        return await _step(ctx, one, "uphold", events.UPHELD, until, appeal=heard)
    return await _step(ctx, one, "grant", events.LIFTED, {}, appeal=heard, **_ended(ctx, words))


async def one(ctx: Ctx, key: str) -> Restriction:
    """For staff. Raises NotFound."""
    found = await store.get(ctx, key)
    if found is None:
        raise NotFound("没有找到这项限制")
    return found


async def page(ctx: Ctx, tab: str, number: int = 1, limit: int = SHOWN) -> tuple[list, bool]:
    """For staff: a page of a tab of ``TABS``, and whether there are more."""
    found = await store.page(ctx, TABS[tab], (number - 1) * limit, limit + 1)
    return found[:limit], len(found) > limit


# --- the patient ---------------------------------------------------------------------------------


async def mine(ctx: Ctx) -> list[Restriction]:
    """What was decided about the account and its people, newest first; two calls."""
    subjects = [of_patient(one.patient_id) for one in await people.mine(ctx)]
    return await store.of_subjects(ctx, [of_account(ctx.actor.id), *subjects], TOLD, SHOWN)


async def own(ctx: Ctx, key: str) -> Restriction:
    """The account's own, or one of its people's. Raises NotFound for anybody else's."""
    found = await store.get(ctx, key)
    if found is None or found.state not in TOLD:
        raise NotFound("没有找到这项限制")
    if found.subject != of_account(ctx.actor.id):
        await patients.may_book(ctx, found.patient_id)
    return found


async def appeal(ctx: Ctx, key: str, text: str) -> Restriction:
    """IN_FORCE → APPEALED: it stays in force until somebody else has decided. Once.

    Raises:
        NotFound, Invalid, AppealedBefore, or WrongState: it is over.
    """
    found = await own(ctx, key)
    said = text.strip()
    if not 10 <= len(said) <= 500:
        raise Invalid(fields={"text": "请写明理由（10 至 500 字）"})
    if found.appeal and found.state != "APPEALED":
        raise AppealedBefore()
    if found.state == "APPEALED":
        return found
    if not found.blocks(ctx.now()):
        raise WrongState(state=found.state)
    made = Appeal(text=said, by=ctx.actor.id, at=ctx.now())
    return await _step(ctx, found, "appeal", events.APPEALED, {}, appeal=made)


# --- by themselves -------------------------------------------------------------------------------


async def expire_due(ctx: Ctx) -> int:
    """Ends one batch of those whose time is over. They have blocked nobody since."""

    async def end(one: Restriction) -> None:
        here = ctx.within(one.inst)
        event = events.change(here, events.EXPIRED, one)
        state = LIFE.next(one.state, "expire")
        await store.change(here, one, event, state=state, ended_at=here.now())

    found = await store.due(ctx)
    await side_by_side(end, found)
    return len(found)


async def adopt(ctx: Ctx, account: str, into: str) -> None:
    """What was decided about a merged account is about the one that stays."""
    await store.adopt(ctx, account, into)


async def give_back(ctx: Ctx, account: str, of: str) -> list[Restriction]:
    """What was decided about an account before it was another's is about it again, and what rests
    on nothing but what it had done before; of the rest, what nobody can tell whose it is: it stays
    with the other until somebody has looked at it.
    """
    joined = await accounts.joined(ctx, account)
    if joined.since is None:
        return []
    found = await store.arisen(ctx, of, joined.since)
    told = {one.id: whose(one.grounds, joined.ids, joined.since) for one in found}
    proven = [key for key, side in told.items() if side == "PARTED"]
    await store.give_back(ctx, account, of, proven)
    return [one for one in found if told[one.id] == "NOBODY_KNOWS"]


async def at_version(ctx: Ctx, key: str, version: int) -> Restriction:
    """Raises NotFound, or WrongState: it is not what the form was made from."""
    found = await one(ctx, key)
    if found.version != version:
        raise WrongState(state=found.state)
    return found


async def _step(
    ctx: Ctx, one: Restriction, action: str, kind: EventType, told: dict, **fields: Any
) -> Restriction:
    """One conditional write, known in this process at once. Raises WrongState."""
    state = LIFE.next(one.state, action)
    words = fields.get("words") or fields.get("ended_words") or _heard(fields.get("appeal"))
    said = {"words": words} if words else {}
    event = events.change(ctx, kind, one, **told, **said)
    changed = await store.change(ctx, one, event, state=state, **fields)
    if changed is None:
        raise WrongState()
    standing(ctx.house).put(changed)
    return changed


def _heard(appeal: Appeal | None) -> str:
    return appeal.words if appeal else ""


def _decided(ctx: Ctx, words: str) -> dict[str, Any]:
    return {"decided_by": ctx.actor.id, "decided_at": ctx.now(), "words": _said(words)}


def _ended(ctx: Ctx, words: str) -> dict[str, Any]:
    return {"ended_by": ctx.actor.id, "ended_at": ctx.now(), "ended_words": _said(words)}


def _said(words: str) -> str:
    """Raises Invalid: a person who decides says why."""
    said = words.strip()
    if not 2 <= len(said) <= 200:
        raise Invalid(fields={"words": "请写明理由（2 至 200 字）"})
    return said


sweeps = [Sweep("restrictions", expire_due, every=60)]
