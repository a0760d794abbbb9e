"""Critical-value alerts, read top to bottom: who sees them, who receives, tells, handles, closes.

How they arise is in ``raising.py``, what happens when nobody acts in ``escalation.py``. A version
given by the caller is what the caller has seen; an escalation meanwhile is no obstacle, a state
that has moved on is.
"""

from collections.abc import Callable
from datetime import date, timedelta

from notify.critical import access, escalation, events, moves, raising, readback, store
from notify.critical.indicators import Indicators, indicators
from notify.critical.model import (
    GONE_HOME,
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
    ReadBackWrong,
    Refute,
    check_measures,
)
from notify.critical.telling import tell
from notify.messages.model import Answer
from wx_backend.base import clock
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.events import Event, EventType
from wx_backend.base.live.topics import TopicKind
from wx_backend.base.outbox import CRITICAL
from wx_backend.base.sweeper import Sweep
from wx_backend.directory.institutions import service as institutions
from wx_backend.identity.staff import service as staff
from wx_backend.identity.staff.model import Member, permits

ATTEMPTS = 20
JUST_ENDED = timedelta(hours=1)
"""How long an ended alert stays on the board."""

BOARD = "critical:board"
"""The live topic of the whole institution's alerts: ids, states and clocks, no values."""

Change = Callable[[Alert, Act], tuple[Alert, list[EventType]]]

raise_alerts = raising.raise_alerts
unreached = escalation.unreached
choices = readback.choices


async def alert(ctx: Ctx, key: str) -> Alert:
    """The whole alert with its timeline; audited.

    Raises:
        Forbidden, NotFound (also without a duty for this patient).
    """
    found, _ = await access.own(ctx, key, access.READ)
    await ctx.house.audit.record(ctx, "critical:alert:read", key, version=found.version)
    return found


async def recorded(ctx: Ctx, key: str) -> Alert:
    """The alert for another slice's own work, which nobody looks at. Raises NotFound."""
    found = await store.get(ctx, key)
    if found is None:
        raise NotFound("没有找到这条危急值")
    return found


async def board(ctx: Ctx) -> list[Alert]:
    """Open alerts, oldest first, then those that ended within the hour; of the whole hospital for
    who watches over it, else of the caller's own places and what the caller was told.

    Raises:
        Forbidden.
    """
    access.check(ctx, access.READ)
    ended = await store.ended_since(ctx, ctx.now() - JUST_ENDED)
    if access.may(ctx, access.WATCH):
        return [*await store.open_ones(ctx), *ended]
    places = await access.duty_places(ctx)
    mine = [one for one in await mine_of(ctx, places) if one.open]
    mine.sort(key=lambda one: one.raised_at)
    return [*mine, *(one for one in ended if _theirs(ctx, one, places))]


async def mine(ctx: Ctx) -> list[Alert]:
    """The caller's alerts: told to them, or at a place they are on duty for; open ones first, each
    group newest first.

    Raises:
        Forbidden.
    """
    access.check(ctx, access.READ)
    found = await mine_of(ctx, await access.duty_places(ctx))
    return sorted(found, key=lambda one: (not one.open, -one.raised_at.timestamp()))


async def mine_of(ctx: Ctx, places: set[str]) -> list[Alert]:
    """Told to the caller, or open at these places."""
    told = await store.told_to(ctx, ctx.actor.id)
    here = await store.open_at(ctx, places) if places else []
    return list({one.id: one for one in (*told, *here)}.values())


async def figures(ctx: Ctx, month: date) -> Indicators:
    """The indicators of a month (any day of it), in the hospital's zone. Raises Forbidden."""
    return indicators(await raised_in(ctx, month))


async def raised_in(ctx: Ctx, month: date) -> list[Alert]:
    """Every alert raised in a month (any day of it), newest first. Raises Forbidden."""
    access.check(ctx, access.WATCH)
    zone = (await institutions.institution(ctx)).zone
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    starts, ends = (clock.local_midnight(day, zone) for day in (first, following))
    return await store.raised_between(ctx, starts, ends)


async def receive(ctx: Ctx, key: str, version: int, form: ReadBack, device: str = "") -> Alert:
    """RAISED → RECEIVED by reading the value back; by a physician → PHYSICIAN_NOTIFIED. The same
    member again changes nothing.

    Raises:
        ReadBackWrong: not this result; counted, nothing else changes.
        Forbidden, NotFound, WrongState (``by``: who was first).
    """
    physician = access.may(ctx, access.HANDLE)
    found, member = await access.own(ctx, key, access.RECEIVE)
    if found.received and found.received.member == member.id:
        return found
    if not readback.agrees(found, form):
        await _misread(ctx, found, member, form, device)
        raise ReadBackWrong()

    def change(alert: Alert, act: Act) -> tuple[Alert, list[EventType]]:
        more = [events.PHYSICIAN_NOTIFIED] if physician else []
        return moves.received(alert, act, physician), [events.RECEIVED, *more]

    return await _act(
        ctx, key, version, access.RECEIVE, "received", change, device, value=form.value
    )


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

    return await _act(
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
        if alert.area in GONE_HOME and not alert.contacts:
            raise ContactFirst()
        return after, [events.HANDLED]

    told = {"measures": tuple(dict.fromkeys(form.measures)), "note": form.note.strip()}
    return await _act(ctx, key, version, access.HANDLE, "handled", change, device, **told)


async def close(ctx: Ctx, key: str, version: int, form: Close, device: str = "") -> Alert:
    """HANDLED → CLOSED: it is in the course of disease. Raises Forbidden, NotFound, WrongState."""

    def change(alert: Alert, act: Act) -> tuple[Alert, list[EventType]]:
        return moves.closed(alert, act), [events.CLOSED]

    return await _act(
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

    return await _act(ctx, key, version, access.RECEIVE, "contacted", change, device, how=form.how)


async def refute(ctx: Ctx, key: str, version: int, form: Refute, device: str = "") -> Alert:
    """→ FALSE_ALARM, by a physician, with the laboratory's word. Raises Forbidden, NotFound,
    WrongState.
    """

    def change(alert: Alert, act: Act) -> tuple[Alert, list[EventType]]:
        return moves.refuted(alert, act), [events.REFUTED]

    told = {"reason": form.reason.strip(), "word": form.laboratory.strip()}
    return await _act(ctx, key, version, access.HANDLE, "refuted", change, device, **told)


async def answered(ctx: Ctx, event: Event, member: str, answer: Answer) -> None:
    """A member, who is ``ctx.actor``, has chosen a value on a card: a read-back like any other.

    Raises:
        Invalid: nothing was chosen.
        ReadBackWrong, WrongState, Forbidden, NotFound: the card says so, its buttons stay.
    """
    if answer.chosen in ("", readback.NEUTRAL):
        raise Invalid(readback.NEUTRAL)
    form = ReadBack(item=event.data["item"], value=answer.chosen)
    await receive(ctx, event.data["alert"], 0, form, device="card")


async def still_open(ctx: Ctx, event: Event) -> bool:
    """Whether what a message says still waits for somebody: asked before it goes out."""
    found = await store.get(ctx, event.data["alert"])
    return found is not None and found.unhandled and found.state == event.data["state"]


async def may_follow(ctx: Ctx, key: str) -> bool:
    return key == "board" and access.may(ctx, access.READ)


async def _act(
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
            tell(ctx, kind, after, _to_tell(kind, after), n, by=member.name)
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


def _to_tell(kind: EventType, alert: Alert) -> tuple[str, ...]:
    """The physician who was told, else everybody who was told of the alert."""
    if kind is events.PHYSICIAN_NOTIFIED and alert.physician:
        return (alert.physician.member,)
    return alert.members


async def _misread(ctx: Ctx, found: Alert, member: Member, form: ReadBack, device: str) -> None:
    act = _doing(ctx, member, access.RECEIVE, device, value=form.value)
    await store.misread(ctx, found, moves.misread(found, act))
    await _audit(ctx, found, "misread", act)


async def _audit(ctx: Ctx, found: Alert, verb: str, act: Act) -> None:
    await ctx.house.audit.record(
        ctx, f"critical:alert:{verb}", found.id, version=found.version, state=found.state,
        channel=act.channel, device=act.device,
    )  # fmt: skip


def _theirs(ctx: Ctx, one: Alert, places: set[str]) -> bool:
    return ctx.actor.id in one.members or not places.isdisjoint(one.places)


sweeps = [Sweep("critical escalate", escalation.escalate_due, every=0.5, lane=CRITICAL)]
topics = [TopicKind("critical", may_follow)]
