"""Critical-value alerts: who sees them, and the one door to all that is done with them.

How they arise is in ``raising.py``, what people do in ``acts.py``, what happens when nobody acts in
``escalation.py``, how it is handed over in ``shifts.py``.
"""

from datetime import date, timedelta

from notify.critical import access, acts, crew, escalation, raising, readback, shifts, store
from notify.critical.indicators import Indicators, indicators
from notify.critical.model import Alert, ReadBack
from notify.messages.model import Answer
from wx_backend.base import clock
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound
from wx_backend.base.events import Event
from wx_backend.base.live.topics import TopicKind
from wx_backend.base.outbox import CRITICAL
from wx_backend.base.sweeper import Sweep
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import NoChannel

JUST_ENDED = timedelta(hours=1)
"""How long an ended alert stays on the board."""

BOARD = "critical:board"
"""The live topic of the whole institution's alerts: ids, states and clocks, no values."""

raise_alerts = raising.raise_alerts
receive = acts.receive
notify_physician = acts.notify_physician
handle = acts.handle
close = acts.close
contact = acts.contact
refute = acts.refute
hand_over = shifts.hand_over
take_over = shifts.take_over
colleagues = shifts.colleagues
unreached = escalation.unreached
recall_unreached = escalation.recall_unreached
offer_unreached = shifts.unreached
still_offered = shifts.still_offered
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


async def locked(ctx: Ctx, alert: Alert) -> bool:
    """Whether the caller has read this value back wrongly too often to receive it."""
    return alert.misread_by(ctx.actor.id) >= await crew.tries(ctx, alert)


async def laboratory_phone(ctx: Ctx, alert: Alert) -> str:
    """The telephone of the laboratory that sent the result, as its channel has it; "" without. From
    memory.
    """
    try:
        channel = await institutions.channel_for(ctx, "lis", alert.source)
    except NoChannel:
        return ""
    return channel.params.get("phone", "")


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


async def answered(ctx: Ctx, event: Event, member: str, answer: Answer) -> None:
    """A member, who is ``ctx.actor``, has chosen a value on a card: a read-back like any other.

    Raises:
        Invalid: nothing was chosen.
        ReadBackWrong, WrongState, Forbidden, NotFound: the card says so, its buttons stay.
    """
    if answer.chosen in ("", readback.NEUTRAL):
        raise Invalid(readback.NEUTRAL)
    form = ReadBack(item=event.data["item"], value=answer.chosen)
    await acts.receive(ctx, event.data["alert"], 0, form, device="card")


async def still_open(ctx: Ctx, event: Event) -> bool:
    """Whether what a message says still waits for somebody: asked before it goes out."""
    found = await store.get(ctx, event.data["alert"])
    return found is not None and found.unhandled and found.state == event.data["state"]


async def may_follow(ctx: Ctx, key: str) -> bool:
    return key == "board" and access.may(ctx, access.READ)


def _theirs(ctx: Ctx, one: Alert, places: set[str]) -> bool:
    return ctx.actor.id in one.members or not places.isdisjoint(one.places)


sweeps = [Sweep("critical escalate", escalation.escalate_due, every=0.5, lane=CRITICAL)]
topics = [TopicKind("critical", may_follow)]
