"""Nobody has acted in time, somebody could not be reached, or the patient has moved.

Every step is one conditional write with its event; a rung is climbed once, whoever gets there
first, and timers live in the alert itself.
"""

from collections.abc import Awaitable, Callable

import msgspec

from notify.critical import crew, events, moves, store
from notify.critical.ladder import NO_WECOM, Climb, arrive, climb
from notify.critical.model import Alert
from notify.critical.moves import Place
from notify.critical.telling import tell
from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState
from wx_backend.base.events import Event
from wx_backend.base.sweeper import side_by_side
from wx_backend.identity.staff import service as staff
from wx_backend.records.encounters import service as encounters

ATTEMPTS = 20


async def escalate_due(ctx: Ctx) -> int:
    """One batch of alerts whose next step is due; how many."""
    due = await store.due(ctx)
    await side_by_side(lambda alert: _due(ctx.within(alert.inst), alert), due)
    return len(due)


async def _due(ctx: Ctx, alert: Alert) -> None:
    """Whoever was first has done it; what is then due is found again."""
    now = ctx.now()
    if alert.state == "HANDLED":
        after = moves.note_missing(alert, now)
        charge = [one.member for one in (alert.treating, alert.handled) if one]
        await store.keep(ctx, alert, after, [tell(ctx, events.NOTE_MISSING, after, charge)])
    elif alert.unhandled:
        await _climb(ctx, alert, alert)


async def unreached(ctx: Ctx, event: Event, member: str, reason: str) -> None:
    """A message about an alert could not be delivered to a member: the next rung and the quality
    office at once, unless somebody has acted meanwhile. The same news again changes nothing.

    Raises:
        WrongState: others kept changing the alert; try again.
    """

    async def change(alert: Alert) -> bool:
        rung = event.data["rung"]
        told = [one for one in alert.told if one.member == member and one.rung <= rung]
        if not told or all(one.reached is False for one in told):
            return True
        missed = moves.missed(alert, member, rung, reason)
        seat = told[-1].seat
        if alert.state == event.data["state"] and seat != "quality_office" and _may_climb(alert):
            return await _climb(ctx, alert, missed, (f"{seat}:{reason}",))
        counted = msgspec.structs.replace(missed, version=alert.version + 1)
        return await store.keep(ctx, alert, counted, []) is not None

    await _settled(ctx, event.data["alert"], change)


async def misread(ctx: Ctx, before: Alert, after: Alert) -> bool:
    """One person has read back wrongly too often (the newest line of ``after`` says who): the next
    rung and the quality office hear of it. False when somebody was first.
    """
    if not _may_climb(before):
        return await store.misread(ctx, before, after)
    seat = _seat(before, after.steps[-1].member, "receiver")
    return await _climb(ctx, before, after, (f"{seat}:misread",))


async def recall_unreached(ctx: Ctx, event: Event, member: str, reason: str) -> None:
    """Somebody who was told of a value could not be told that it was taken back: the next rung and
    the quality office are to tell them. The same news again changes nothing.

    Raises:
        WrongState: others kept changing the alert; try again.
    """

    async def change(alert: Alert) -> bool:
        if member in alert.unheard or not _heard(alert, member):
            return True
        now = ctx.now()
        filled = await crew.crew(ctx, alert.places, alert.orderer, alert.attending)
        rung = min(max(one.rung for one in alert.told) + 1, len(alert.limits.rungs))
        gap = f"{_seat(alert, member, 'receiver')}:{reason}"
        step = climb(filled, alert.area, rung, now, below=(gap,))
        known = (await staff.members(ctx, [member])).get(member)
        after = moves.unheard(alert, member, known.name if known else "", step, now)
        members = [one.member for one in step.told]
        told = tell(ctx, events.RECALL_UNHEARD, after, members, unheard=member)
        return await store.keep(ctx, alert, after, [told]) is not None

    await _settled(ctx, event.data["alert"], change)


def _heard(alert: Alert, member: str) -> bool:
    """Has acted, or was told by something that may have arrived."""
    told = [one for one in alert.told if one.member == member]
    return not told or any(one.reason != NO_WECOM for one in told)


def _seat(alert: Alert, member: str, otherwise: str) -> str:
    """In which a member was told last."""
    return next((one.seat for one in reversed(alert.told) if one.member == member), otherwise)


def _may_climb(alert: Alert) -> bool:
    """At the top, with the quality office told, only time repeats: where no message arrives at all
    there would be no end of steps.
    """
    at_top = alert.rung + 1 >= len(alert.limits.rungs)
    return alert.unhandled and not (at_top and alert.supervised)


async def follow(ctx: Ctx, event: Event) -> None:
    """A patient's stay has changed: open alerts go where the patient is now, by the charts and
    encounters of this moment, so that the order of the news does not matter.
    """
    charts = await encounters.family(ctx, [event.data.get("into") or event.data["chart"]])
    for found in await store.open_of_chart(ctx, charts):
        if found.unhandled:
            await _settled(ctx, found.id, lambda alert: _move(ctx, alert))


async def _move(ctx: Ctx, alert: Alert) -> bool:
    if not alert.unhandled:
        return True
    place = await crew.locate(ctx, alert.chart, alert.visit_no, alert.ward, alert.department)
    if not place.encounter or _is_at(alert, place):
        return True
    now, step = ctx.now(), None
    if (place.places, place.attending) != (alert.places, alert.attending):
        step = await _arrival(ctx, alert, place)
    after = moves.transferred(alert, place, step, now)
    members = [one.member for one in step.told] if step else []
    nobody = bool(step and step.nobody)
    told = tell(ctx, events.TRANSFERRED, after, members, nobody=nobody)
    return await store.keep(ctx, alert, after, [told]) is not None


async def _arrival(ctx: Ctx, alert: Alert, place: Place) -> Climb:
    filled = await crew.crew(ctx, place.places, alert.orderer, place.attending)
    return arrive(filled, place.area, alert.rung, ctx.now())


def _is_at(alert: Alert, place: Place) -> bool:
    return all(getattr(alert, name) == getattr(place, name) for name in place.__struct_fields__)


async def _climb(ctx: Ctx, before: Alert, alert: Alert, below: tuple[str, ...] = ()) -> bool:
    """Climbs the next rung from ``alert``, which is ``before`` or what has just become of it;
    ``below`` are gaps that lead to this.
    """
    now = ctx.now()
    filled = await crew.crew(ctx, alert.places, alert.orderer, alert.attending)
    step = climb(filled, alert.area, alert.rung + 1, now, below=below)
    after = moves.climbed(alert, step, now)
    members = [one.member for one in step.told]
    told = tell(ctx, events.ESCALATED, after, members, nobody=step.nobody)
    return await store.keep(ctx, before, after, [told]) is not None


async def _settled(ctx: Ctx, key: str, change: Callable[[Alert], Awaitable[bool]]) -> None:
    """Does ``change`` to the alert as it is, again when somebody was first. Raises WrongState."""
    for _ in range(ATTEMPTS):
        alert = await store.get(ctx, key)
        if alert is None or await change(alert):
            return
    raise WrongState()
