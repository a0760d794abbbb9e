"""The timetable: templates, deviations, decided days; making numbers; extra numbers.

Public face of the slice; its parts are ``lines.py``, ``deviating.py``, ``generation.py``,
``carrying.py``, ``making.py``, ``late.py`` and ``extra.py``.
"""

from datetime import date, datetime, timedelta

from booking.appointments.model import Appointment
from booking.timetables import carrying, deviating, extra, generation, late, lines, making, store
from booking.timetables.generation import Outlook
from booking.timetables.model import (
    AHEAD_MOST,
    CalendarDay,
    Day,
    Deviation,
    DeviationForm,
    ExtraNumber,
    Making,
    Planned,
    Schedule,
    Template,
    TemplateForm,
)
from booking.timetables.rules import check_span
from wx_backend.base import ids
from wx_backend.base.clock import local_midnight
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound
from wx_backend.base.sweeper import Sweep, claim_due, side_by_side
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.settings import service as parameters

NIGHT = timedelta(hours=1, minutes=30)
"""After midnight, when numbers are made: before any release time in use (clinical table 3.2)."""


# --- templates -----------------------------------------------------------------------------------


async def templates(ctx: Ctx) -> list[Template]:
    """The newest version of every line."""
    return await lines.newest(ctx)


async def versions(ctx: Ctx, line: str) -> list[Template]:
    """Every version of a line, oldest first. Raises NotFound."""
    return await lines.versions(ctx, line)


async def add_template(ctx: Ctx, form: TemplateForm) -> Template:
    """The first version of a new line; from now on there are numbers each night.

    Raises:
        Invalid, NotFound, TimesOverlap.
    """
    made = await lines.add_template(ctx, form)
    await generate_nightly(ctx)
    return made


async def change_template(ctx: Ctx, line: str, version: int, form: TemplateForm) -> Template:
    """The version after ``version``; slots follow at the next generation.

    Raises:
        WrongState: somebody made a version meanwhile.
        NotFound, Invalid, TimesOverlap.
    """
    return await lines.change_template(ctx, line, version, form)


async def register(ctx: Ctx, given: list[Template]) -> int:
    """Stores templates as given, those that are not there yet; how many."""
    return await lines.register(ctx, given)


# --- one date ------------------------------------------------------------------------------------


async def planned(ctx: Ctx, first: date, last: date) -> list[Planned]:
    """The clinics of these dates as planned; three calls."""
    return await generation.week(ctx, first, last)


async def days(ctx: Ctx, first: date, last: date) -> list[Day]:
    """What these dates are for the timetable: weekday that counts, holiday, known; one call."""
    return await generation.days_of(ctx, first, last)


async def deviations(ctx: Ctx, first: date, last: date) -> list[Deviation]:
    return await store.deviations(ctx, first.isoformat(), last.isoformat())


async def deviate(ctx: Ctx, line: str, on: str, version: int, form: DeviationForm) -> Outlook:
    """One date becomes unlike the template, at once: closed, changed, given to another doctor, or
    lifted again. Who has booked is told, or listed for a person.

    Args:
        version: of the deviation that the form was made from; 0 when there was none.

    Raises:
        Invalid, NotFound, WrongState, TimesOverlap.
    """
    await deviating.deviate(ctx, line, on, version, form)
    day = date.fromisoformat(on)
    return await generate(ctx, day, day, line)


async def decide_day(ctx: Ctx, on: str, kind: str, weekday: int) -> CalendarDay:
    """A person says what a date is: ``ORDINARY`` (following ``weekday``) or ``HOLIDAY``.

    Raises:
        Invalid, WrongState.
    """
    return await deviating.decide_day(ctx, on, kind, weekday)


async def schedules(ctx: Ctx, first: date, last: date) -> list[Schedule]:
    """Schedules as they were last made; one call."""
    return await store.schedules(ctx, first.isoformat(), last.isoformat())


async def schedule(ctx: Ctx, key: str) -> Schedule:
    """Raises NotFound: none here, or another institution's."""
    found = await store.schedule(ctx, key)
    if found is None:
        raise NotFound("没有找到这场出诊")
    return found


async def misfits(ctx: Ctx, key: str) -> list[tuple[Appointment, str]]:
    """Appointments that no longer agree with their slot: ``closed``, ``number``, ``time`` or
    ``place``; two calls.
    """
    return await late.misfits(ctx, key)


# --- making numbers ------------------------------------------------------------------------------


def dates(first: date, last: date) -> list[date]:
    """From ``first`` to ``last``. Raises Invalid: too many dates."""
    check_span(first, last)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


async def outlook(ctx: Ctx, first: date, last: date, line: str = "", redo: bool = False) -> Outlook:
    """What ``generate`` would do. Raises Invalid: too many dates."""
    check_span(first, last)
    return await generation.outlook(ctx, first, last, line, redo)


async def generate(
    ctx: Ctx, first: date, last: date, line: str = "", redo: bool = False
) -> Outlook:
    """Makes the slots of these dates what the timetable says; what was done.

    May be broken off anywhere and run again, also by several at once; what somebody else changed
    meanwhile is compared again, and at last left to the night.

    Args:
        redo: slots that are there already and that nobody has booked follow the parameters and
            templates of now, too: price, window, release, pools.

    Raises:
        Invalid: too many dates.
    """
    check_span(first, last)
    return await carrying.generate(ctx, first, last, line, redo)


async def generate_date(ctx: Ctx, day: date, redo: bool = False) -> Outlook:
    """One of many dates, as ``generate``, and a rest."""
    done = await carrying.generate(ctx, day, day, "", redo)
    await carrying.rest(done)
    return done


async def outlook_of_date(ctx: Ctx, day: date, redo: bool = False) -> Outlook:
    """What ``generate_date`` would do."""
    return await generation.outlook(ctx, day, day, "", redo)


async def ask_making(ctx: Ctx, last: date, line: str = "", redo: bool = False) -> Making:
    """As ``generate`` from today to ``last``, by a worker and date by date; one at a time; audited.

    Raises:
        Invalid: too many dates.
        MakingUnderWay.
    """
    return await making.ask(ctx, last, line, redo)


async def making_asked(ctx: Ctx, key: str) -> Making:
    """How far it is. Raises NotFound."""
    return await making.get(ctx, key)


async def makings(ctx: Ctx, limit: int = 10) -> list[Making]:
    """The last ones that were asked for, newest first; one call."""
    return await store.makings(ctx, limit)


async def cancel_making(ctx: Ctx, key: str) -> Making:
    """It stops after the date that it is at; what was made stays. Audited.

    Raises:
        NotFound.
        WrongState: it is over.
    """
    return await making.cancel(ctx, key)


async def horizon(ctx: Ctx) -> date:
    """The last date for which numbers have to be there: the longest booking window in use."""
    longest = int(await parameters.resolve(ctx, "booking.window_days"))
    for one in await lines.newest(ctx):
        window = await parameters.resolve(ctx, "booking.window_days", **one.scopes)
        longest = max(longest, int(window))
    return ctx.today() + timedelta(days=min(longest, AHEAD_MOST))


async def generate_nightly(ctx: Ctx) -> None:
    """From tonight on the numbers of this institution are made by themselves."""
    key = ids.derive("night", ctx.institution or "")
    await store.begin_nights(ctx, key, await _tonight(ctx))


async def _tonight(ctx: Ctx) -> datetime:
    zone = (await institutions.institution(ctx)).zone
    return local_midnight(ctx.today(zone) + timedelta(days=1), zone) + NIGHT


async def generate_due(ctx: Ctx) -> int:
    """The night's work of the institutions whose hour has come."""
    docs = await claim_due(ctx, store.NIGHTS, lease_seconds=600)

    async def one(doc: dict) -> None:
        here = ctx.within(doc["inst"])
        await generate(here, here.today(), await horizon(here))
        await store.next_night(here, doc["_id"], doc["lease"], await _tonight(here))

    await side_by_side(one, docs)
    return len(docs)


# --- extra numbers -------------------------------------------------------------------------------


async def give_extra(ctx: Ctx, slot_id: str, id_no: str, reason: str) -> ExtraNumber:
    """A number beyond the capacity for whoever has this identity card; they book it like any other.

    Given twice it is the same number.

    Raises:
        NotFound: no such slot or patient here.
        SlotClosed: the slot is closed or has begun.
        ExtraNumbersUsedUp: the session has all it may have.
        Invalid: no reason, or not an identity number.
    """
    return await extra.give(ctx, slot_id, id_no, reason)


async def extras(ctx: Ctx, keys: list[str]) -> list[ExtraNumber]:
    """Extra numbers of these schedules: who gave which patient one, and why; one call."""
    return await store.extras(ctx, keys)


sweeps = [
    Sweep("numbers generate", generate_due, every=10),
    Sweep("numbers asked for", making.work_due),
    Sweep("schedules look", late.look_due),
]
