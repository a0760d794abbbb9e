"""What people do to an alert: read it back, tell the physician, handle, close, contact, refute.

Each act is one conditional write with its events, audited. A version given by the caller is what
the caller has seen; an escalation meanwhile is no obstacle, a state that has moved on is.
"""

from collections.abc import Callable
from typing import NoReturn

from notify.critical import access, crew, escalation, events, moves, readback, store
from notify.critical.model import (
    Act,
    Alert,
    Close,
    Contact,
    ContactFirst,
    ContactForm,
    Handle,
    NoSuchPhysician,
    Notify,
    ReadBack,
    ReadBackLocked,
    ReadBackWrong,
    Refute,
    check_measures,
)
from notify.critical.telling import tell
from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState
from wx_backend.base.events import EventType
from wx_backend.base.words import Filled
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff.model import Member, permits

ATTEMPTS = 20

Change = Callable[[Alert, Act], tuple[Alert, list[EventType]]]


async def receive(ctx: Ctx, key: str, version: int, form: ReadBack, device: str = "") -> Alert:
    """RAISED → RECEIVED by reading the value back; by a physician → PHYSICIAN_NOTIFIED. The same
    member again changes nothing.

    Raises:
        ReadBackWrong: not this result; counted, nothing else changes (``left``: tries).
        ReadBackLocked: too many of those by this member; the next rung has been told.
        Forbidden, NotFound, WrongState (``by``: who was first).
    """
    physician = access.may(ctx, access.HANDLE)
    found, member = await access.own(ctx, key, access.RECEIVE)
    if found.received and found.received.member == member.id:
        return found
    tries = await crew.tries(ctx, found)
    if not readback.agrees(found, form):
        await _misread(ctx, found, member, form, device, tries)

    def change(alert: Alert, act: Act) -> tuple[Alert, list[EventType]]:
        _check_receiver(alert, member, tries)
        more = [events.PHYSICIAN_NOTIFIED] if physician else []
        return moves.received(alert, act, physician), [events.RECEIVED, *more]

    return await perform(
        ctx, key, version, access.RECEIVE, "received", change, device, value=form.value
    )


def _check_receiver(alert: Alert, member: Member, tries: int) -> None:
    """Raises WrongState: somebody has received it, and their name. ReadBackLocked."""
    if alert.received:
        by = alert.received.name
        raise WrongState(Filled("已由%(name)s接收", name=by), state=alert.state, by=by)
    if alert.misread_by(member.id) >= tries:
        raise ReadBackLocked()


async def notify_physician(
    ctx: Ctx, key: str, version: int, form: Notify, device: str = ""
) -> Alert:
    """RECEIVED → PHYSICIAN_NOTIFIED: the physician who was told is in charge from now on.

    Raises:
        NoSuchPhysician: not active, or may not handle a critical value.
        Forbidden, NotFound, WrongState.
    """
    await access.own(ctx, key, access.RECEIVE)
    known = await staff.members(ctx, [form.physician])
    told = known.get(form.physician)
    if told is None or not told.active or not permits(told.roles, access.HANDLE):
        raise NoSuchPhysician(fields={"physician": NoSuchPhysician.message})

    def change(alert: Alert, act: Act) -> tuple[Alert, list[EventType]]:
        physician = Act(
            member=told.id, name=told.name, role="", at=act.at, by=act.name, how=form.how
        )
        return moves.notified(alert, act, physician), [events.PHYSICIAN_NOTIFIED]

    return await perform(
        ctx, key, version, access.RECEIVE, "physician_notified", change, device, how=form.how
    )


async def handle(ctx: Ctx, key: str, version: int, form: Handle, device: str = "") -> Alert:
    """PHYSICIAN_NOTIFIED → HANDLED, with what was done.

    Raises:
        ContactFirst: nobody has tried to reach a patient who is not in the house.
        Invalid, Forbidden, NotFound, WrongState.
    """
    check_measures(form)

    def change(alert: Alert, act: Act) -> tuple[Alert, list[EventType]]:
        after = moves.handled(alert, act)
        if alert.away and not alert.contacts:
            raise ContactFirst()
        return after, [events.HANDLED]

    told = {"measures": tuple(dict.fromkeys(form.measures)), "note": form.note.strip()}
    return await perform(ctx, key, version, access.HANDLE, "handled", change, device, **told)


async def close(ctx: Ctx, key: str, version: int, form: Close, device: str = "") -> Alert:
    """HANDLED → CLOSED: it is in the course of disease. Raises Forbidden, NotFound, WrongState."""

    def change(alert: Alert, act: Act) -> tuple[Alert, list[EventType]]:
        return moves.closed(alert, act), [events.CLOSED]

    return await perform(
        ctx, key, version, access.HANDLE, "closed", change, device, note=form.note.strip()
    )


async def contact(ctx: Ctx, key: str, version: int, form: ContactForm, device: str = "") -> Alert:
    """Logs an attempt to reach the patient; the state stays. Raises Forbidden, NotFound,
    WrongState.
    """

    def change(alert: Alert, act: Act) -> tuple[Alert, list[EventType]]:
        made = Contact(
            outcome=form.outcome,
            how=form.how,
            person=form.person.strip(),
            note=form.note.strip(),
            member=act.member,
            name=act.name,
            at=act.at,
        )
        return moves.contacted(alert, made, act), [events.CONTACTED]

    return await perform(
        ctx, key, version, access.RECEIVE, "contacted", change, device, how=form.how
    )


async def refute(ctx: Ctx, key: str, version: int, form: Refute, device: str = "") -> Alert:
    """→ FALSE_ALARM, by a physician, with the laboratory's word. Raises Forbidden, NotFound,
    WrongState.
    """

    def change(alert: Alert, act: Act) -> tuple[Alert, list[EventType]]:
        return moves.refuted(alert, act), [events.REFUTED]

    told = {"reason": form.reason.strip(), "word": form.laboratory.strip()}
    return await perform(ctx, key, version, access.HANDLE, "refuted", change, device, **told)


async def perform(
    ctx: Ctx,
    key: str,
    version: int,
    permission: str,
    verb: str,
    change: Change,
    device: str,
    **said: object,
) -> Alert:
    """One act of a person: one conditional write, tried again while only the clock has moved on.

    Raises:
        WrongState: its state does not allow this (any more), or ``version`` is none of ours.
    """
    for _ in range(ATTEMPTS):
        found, member = await access.own(ctx, key, permission)
        if version > found.version:
            raise WrongState(version=found.version)
        act = _doing(ctx, member, permission, device, **said)
        after, kinds = change(found, act)
        told = [
            tell(ctx, kind, after, _to_tell(kind, found, after), n, by=member.name)
            for n, kind in enumerate(kinds)
        ]
        if kept := await store.keep(ctx, found, after, told):
            await _audit(ctx, kept, verb, act)
            return kept
    raise WrongState()


def _doing(ctx: Ctx, member: Member, permission: str, device: str, **said: object) -> Act:
    return Act(
        member=member.id,
        name=member.name,
        role=access.role(ctx, permission),
        at=ctx.now(),
        channel=ctx.channel or "",
        device=device[:120],
        **said,
    )


def _to_tell(kind: EventType, before: Alert, alert: Alert) -> tuple[str, ...]:
    """The physician who was told, the other side of a hand-over, else everybody who was told."""
    if kind is events.PHYSICIAN_NOTIFIED and alert.physician:
        return (alert.physician.member,)
    if kind is events.HANDOVER_OFFERED and alert.offer:
        return (alert.offer.to,)
    if kind in (events.HANDOVER_ACCEPTED, events.HANDOVER_DECLINED) and before.offer:
        return (before.offer.by,)
    return alert.members


async def _misread(
    ctx: Ctx, found: Alert, member: Member, form: ReadBack, device: str, tries: int
) -> NoReturn:
    """Counts a wrong read-back; with the last that one person has, the next rung hears of it in the
    same write.
    """
    for _ in range(ATTEMPTS):
        _check_receiver(found, member, tries)
        act = _doing(ctx, member, access.RECEIVE, device, value=form.value)
        after = moves.misread(found, act)
        left = tries - after.misread_by(member.id)
        counted = escalation.misread if left <= 0 else store.misread
        if await counted(ctx, found, after):
            await _audit(ctx, found, "misread", act)
            raise ReadBackWrong(left=left) if left > 0 else ReadBackLocked()
        found, _ = await access.own(ctx, found.id, access.RECEIVE)
    raise WrongState()


async def _audit(ctx: Ctx, found: Alert, verb: str, act: Act) -> None:
    await ctx.house.audit.record(
        ctx, f"critical:alert:{verb}", found.id, version=found.version, state=found.state,
        channel=act.channel, device=act.device,
    )  # fmt: skip
