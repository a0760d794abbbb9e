"""Joining the list: only when it is full, by who could book if it were not."""

from datetime import date, datetime

from booking.appointments import service as appointments
from booking.appointments.model import check_age
from booking.restrictions import service as restrictions
from booking.schedules import service as schedules
from booking.schedules.model import Slot, SlotClosed
from booking.waiting import store
from booking.waiting.model import (
    LIMIT_WORDS,
    Entry,
    Join,
    NotFull,
    Scope,
    WaitingClosed,
    WaitingLimit,
    clears_at,
    key_limit,
    limit_rows,
    next_open,
)
from wx_backend.base import ids
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.errors import SameKeyOtherBody
from wx_backend.base.idempotency import key_id, request_hash
from wx_backend.base.words import Filled
from wx_backend.directory.departments import service as departments
from wx_backend.directory.settings import service as parameters
from wx_backend.identity.patients import access as patients


async def join(ctx: Ctx, command: Join, key: str, no_symptoms_at: datetime | None) -> Entry:
    """See ``service.join``; a repeat is found by who asks it."""
    slot = schedules.open_slot(ctx, command.slot)
    binding = await patients.may_book(ctx, command.patient)
    restrictions.check(ctx, command.patient)
    slot.check_open(ctx.now())
    unit = await departments.department(ctx, slot.department_id)
    age = binding.age(date.fromisoformat(slot.visit_date))
    check_age(age, unit.min_age, unit.max_age)
    cleared = await check_hours(ctx, slot)
    await appointments.check_account(ctx, slot, binding)
    entry = _entry(ctx, command, key, slot, binding.display, cleared, no_symptoms_at)
    wanted = [one for one in schedules.of_doctor_day(ctx, slot) if entry.wants(one)]
    await _check_full(ctx, wanted, command.patient, age)
    await _add(ctx, entry, command, slot, min([cleared, *_returns(wanted, ctx.now())]))
    return entry


async def symptoms_asked(ctx: Ctx, slot: Slot) -> str:
    """The words to ask: of the doctor's whole day, for any of it may be waited for."""
    return await appointments.symptoms_asked(ctx, *schedules.of_doctor_day(ctx, slot))


async def hours(ctx: Ctx, slot: Slot) -> tuple[str, str]:
    """From when to when the list is open, ``HH:MM``."""
    opens = await parameters.resolve(ctx, "booking.wait_list_opens", **slot.scopes)
    closes = await parameters.resolve(ctx, "booking.wait_list_closes", **slot.scopes)
    return str(opens), str(closes)


async def check_hours(ctx: Ctx, slot: Slot) -> datetime:
    """When the list will be cleared. Raises WaitingClosed."""
    opens, closes = await hours(ctx, slot)
    now, cleared = ctx.now(), clears_at(slot, closes)
    if now >= cleared:
        raise WaitingClosed("已过候补截止时间")
    if (again := next_open(now, slot.zone, opens, closes)) > now:
        words = Filled("候补开放时间为 %(opens)s–%(closes)s", opens=opens, closes=closes)
        raise WaitingClosed(words, opens_at=again)
    return cleared


def full_scopes(ctx: Ctx, slot: Slot) -> list[Scope]:
    """What of the doctor's day has no number left for everybody: may be waited for. No round trip.

    Empty when the slot itself has one, or takes no bookings.
    """
    now, view = ctx.now(), schedules.availability(ctx.house)
    day = [one for one in schedules.of_doctor_day(ctx, slot) if _takes(one, now)]
    free = {one.id for one in day if view.free(one, now) and not view.closing(one).shut(now)}
    if slot.id in free or slot not in day:
        return []
    same = {one.id for one in day if one.session == slot.session}
    session: list[Scope] = [] if same & free else ["session"]
    return ["slot", *session, *([] if free else ["day"])]


def _takes(slot: Slot, now: datetime) -> bool:
    return slot.state == "OPEN" and slot.opens_at <= now < slot.starts_at


async def _check_full(ctx: Ctx, wanted: list[Slot], patient: str, age: int) -> None:
    """Raises NotFull, or SlotClosed when nothing of it takes bookings. No round trip."""
    now, view, free = ctx.now(), schedules.availability(ctx.house), 0
    still = [one for one in wanted if _takes(one, now)]
    if not still:
        raise SlotClosed()
    for slot in still:
        pools = await schedules.pools_for(ctx, slot, patient, age)
        free += 0 if view.closing(slot).shut(now) else view.free(slot, now, pools)
    if free:
        raise NotFull(free=free)


def _returns(slots: list[Slot], now: datetime) -> list[datetime]:
    """When kept numbers of these slots become everybody's."""
    return [pool.return_at for slot in slots for pool in slot.pools if pool.return_at > now]


def _entry(
    ctx: Ctx,
    command: Join,
    key: str,
    slot: Slot,
    patient: str,
    cleared: datetime,
    no_symptoms_at: datetime | None,
) -> Entry:
    mine, request = key_id(ctx.actor.id, key), request_hash(command)
    return Entry(
        id=ids.derive("wait", mine, request),
        inst=ctx.institution or "",
        state="WAITING",
        version=1,
        account=ctx.actor.id,
        channel=ctx.channel,
        patient_id=command.patient,
        patient=patient,
        department_id=slot.department_id,
        department=slot.department,
        doctor_id=slot.doctor_id,
        doctor=slot.doctor,
        visit_date=slot.visit_date,
        session=slot.session,
        zone=slot.zone,
        scope=command.scope,
        slot=slot.id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        location=slot.location,
        fee_fen=slot.fee_fen,
        auto=command.auto,
        agreed=command.agreed,
        no_symptoms_at=no_symptoms_at,
        request=request,
        key=mine,
        joined_at=ctx.now(),
        clears_at=cleared,
    )


async def _add(ctx: Ctx, entry: Entry, command: Join, slot: Slot, due_at: datetime) -> None:
    """Takes the first free key of each row. Raises WaitingLimit or SameKeyOtherBody.

    One read before, for an account may have more than it may have since others became it: what is
    too many then takes what has become free.
    """
    await store.count_again(ctx, entry.account)
    accounts = await parameters.resolve(ctx, "booking.wait_list_per_account", **slot.scopes)
    persons = await parameters.resolve(ctx, "booking.wait_list_per_person", **slot.scopes)
    rows = limit_rows(command, entry.account, slot, int(accounts), int(persons))
    while True:
        keys = [key_limit(entry.key), *(row[0] for row in rows)]
        try:
            await store.add(ctx, entry, keys, due_at)
        except Duplicate as taken:
            if taken.field == "_id" or taken.value == keys[0]:
                raise SameKeyOtherBody() from None
            row = next(row for row in rows if row[0] == taken.value)
            row.pop(0)
            if not row:
                name = str(taken.value).split(":", 1)[0]
                raise WaitingLimit(LIMIT_WORDS[name], limit=name) from None
        else:
            return
