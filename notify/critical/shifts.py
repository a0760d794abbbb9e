"""Handing over (交班): who is responsible asks a colleague on duty, and stays so until they accept.

Offer and answer are acts like any other: one conditional write each, with its event, audited. A
colleague who cannot be asked has declined, and who asked hears of it.
"""

from datetime import timedelta

import msgspec

from notify.critical import access, acts, events, moves, store
from notify.critical.model import Act, Alert, HandOver, NoSuchColleague, Offer, TakeOver
from notify.critical.telling import tell
from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState
from wx_backend.base.events import Event, EventType
from wx_backend.base.words import Filled
from wx_backend.identity.rosters import service as rosters
from wx_backend.identity.rosters.model import DUTIES
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff.model import Member, permits

AHEAD = timedelta(hours=1)
"""Whose duty begins so soon may take over already: that is when shifts are changed."""


class Colleague(msgspec.Struct, frozen=True):
    """``why`` says how this member comes to be offered."""

    member: Member
    why: str


async def colleagues(ctx: Ctx, alert: Alert) -> list[Colleague]:
    """Who may take over: on duty for the patient or about to be, attending, or who ordered it, and
    allowed to do what is due next. Each once; five calls at most.
    """
    running = await rosters.running(ctx, alert.places, AHEAD)
    known = await staff.members(ctx, {one.member for one in running})
    found = [(known[one.member], DUTIES[one.duty]) for one in running if one.member in known]
    for why, named in (("主管医生", alert.attending), ("开单医生", alert.orderer)):
        member = await staff.by_number(ctx, named.code)
        found += [(member, why)] if member else []
    present = alert.responsible.member if alert.responsible else ""
    offered: dict[str, Colleague] = {}
    for member, why in found:
        if member.active and member.id != present and permits(member.roles, _needed(alert)):
            offered.setdefault(member.id, Colleague(member, why))
    return list(offered.values())


async def hand_over(ctx: Ctx, key: str, version: int, form: HandOver, device: str = "") -> Alert:
    """Asks a colleague to take over; asking another one withdraws the first offer.

    Raises:
        NoSuchColleague: not on duty for the patient, or may not do what is due next.
        WrongState: somebody else is responsible (``by``), or nobody is in person yet.
        Forbidden, NotFound.
    """
    found, member = await access.own(ctx, key, access.RECEIVE)
    _check_mine(found, member)
    known = {one.member.id: one.member for one in await colleagues(ctx, found)}
    if form.to not in known:
        raise NoSuchColleague(fields={"to": NoSuchColleague.message})

    def change(alert: Alert, act: Act) -> tuple[Alert, list[EventType]]:
        _check_mine(alert, member)
        offer = Offer(
            to=form.to,
            name=known[form.to].name,
            by=member.id,
            by_name=member.name,
            at=act.at,
            note=form.note.strip(),
        )
        return moves.offered(alert, act, offer), [events.HANDOVER_OFFERED]

    return await acts.perform(
        ctx, key, version, access.RECEIVE, "handed_over", change, device, note=form.note.strip()
    )


async def take_over(ctx: Ctx, key: str, version: int, form: TakeOver, device: str = "") -> Alert:
    """Accepts, and is responsible from now on, or declines. The same answer again changes nothing.

    Raises:
        WrongState: nobody waits for this member's answer (any more).
        Forbidden: may not do what is due next. NotFound.
    """
    found, member = await access.own(ctx, key, access.RECEIVE)
    accepts = form.answer == "ACCEPT"
    if accepts and found.keeper and found.keeper.member == member.id and not found.offer:
        return found

    def change(alert: Alert, act: Act) -> tuple[Alert, list[EventType]]:
        if alert.offer is None or alert.offer.to != member.id:
            raise WrongState("没有等待您答复的交班", state=alert.state)
        if not accepts:
            return moves.declined(alert, act), [events.HANDOVER_DECLINED]
        access.check(ctx, _needed(alert))
        return moves.taken_over(alert, act), [events.HANDOVER_ACCEPTED]

    verb = "taken_over" if accepts else "declined"
    return await acts.perform(
        ctx, key, version, access.RECEIVE, verb, change, device, note=form.note.strip()
    )


async def unreached(ctx: Ctx, event: Event, member: str, reason: str) -> None:
    """An offer could not be delivered: it is void, and who made it hears that they still have it.

    Raises:
        WrongState: others kept changing the alert; try again.
    """
    for _ in range(acts.ATTEMPTS):
        alert = await store.get(ctx, event.data["alert"])
        if alert is None or alert.offer is None or alert.offer.to != member:
            return
        act = Act(member=moves.SYSTEM, name="", role="", at=ctx.now(), note=reason)
        after = moves.declined(alert, act)
        told = tell(ctx, events.HANDOVER_DECLINED, after, [alert.offer.by])
        if await store.keep(ctx, alert, after, [told]):
            return
    raise WrongState()


async def still_offered(ctx: Ctx, event: Event) -> bool:
    """Whether an offer still waits for who was asked: asked before its message goes out."""
    found = await store.get(ctx, event.data["alert"])
    return bool(found and found.offer and found.offer.to in event.data["members"])


def _needed(alert: Alert) -> str:
    """The permission of who is responsible in this state."""
    return access.HANDLE if alert.physician else access.RECEIVE


def _check_mine(alert: Alert, member: Member) -> None:
    responsible = alert.responsible
    if responsible is None:
        raise WrongState("警报还没有人接收，请先复述接收", state=alert.state)
    if responsible.member != member.id:
        by = responsible.name
        only = Filled("目前由%(name)s负责，只能由本人交班", name=by)
        raise WrongState(only, state=alert.state, by=by)
