"""Numbers that come back, offered to who waits: the first in line who may have it."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from booking.appointments import service as appointments
from booking.appointments.model import Appointment, Given, LimitReached
from booking.locks import service as locks
from booking.restrictions import service as restrictions
from booking.restrictions.model import Restricted
from booking.schedules import service as schedules
from booking.schedules.model import EVERYBODY, Slot
from booking.waiting import events, joining, store
from booking.waiting.model import LIFE, Entry, clears_at, doctor_day, next_open, take_until
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.sweeper import side_by_side
from wx_backend.directory.settings import service as parameters
from wx_backend.identity.patients import access as patients

AT_ONCE = 20


async def returned(ctx: Ctx) -> int:
    """Hands on or frees the numbers that are kept and due, of all institutions; how many."""
    found = await appointments.returned_due(ctx, AT_ONCE)
    await side_by_side(lambda ended: _returned(ctx.within(ended.inst), ended), found)
    return len(found)


async def _returned(ctx: Ctx, ended: Appointment) -> None:
    """Who waits comes first; then it is kept until its batch, and is everybody's. Of a session that
    is closed it is kept for as long as that may be opened again.
    """
    slot = await schedules.stored_slot(ctx, ended.slot)
    if slot and slot.state != "OPEN" and ctx.now() < slot.starts_at:
        await appointments.look_again(ctx, ended, slot.starts_at)
        return
    line = await _line(ctx, slot) if slot else []
    if slot and line:
        again = next_open(ctx.now(), slot.zone, *await joining.hours(ctx, slot))
        if again > ctx.now():
            await appointments.look_again(ctx, ended, again)
            return
        if await _hand_on(ctx, line, slot, ended.number, ended):
            return
    if ended.returns_at and ctx.now() < ended.returns_at:
        await appointments.look_again(ctx, ended, ended.returns_at)
    else:
        await appointments.go_back(ctx, ended)


async def due(ctx: Ctx) -> int:
    """Entries whose time has come: cleared, or a pool of what they wait for has returned."""
    found = await store.due(ctx, AT_ONCE)
    await side_by_side(lambda entry: _due(ctx.within(entry.inst), entry), found, at_once=1)
    return len(found)


async def _due(ctx: Ctx, entry: Entry) -> None:
    now = ctx.now()
    if now >= entry.clears_at:
        event = events.change(ctx, events.CLEARED, entry)
        await store.end(ctx, entry, LIFE.next(entry.state, "clear"), event)
        return
    day = date.fromisoformat(entry.visit_date)
    slots = await schedules.of_department(ctx, entry.department_id, day, day)
    wanted = [slot for slot in slots if entry.wants(slot)]
    await _free_numbers(ctx, wanted)
    returns = [pool.return_at for slot in wanted for pool in slot.pools if pool.return_at > now]
    await store.look_again(ctx, entry, min([entry.clears_at, *returns]))


async def _free_numbers(ctx: Ctx, slots: list[Slot]) -> None:
    """What a pool has returned goes to the line, while there is one."""
    taken = set(await appointments.numbers_taken(ctx, [slot.id for slot in slots]))
    for slot in slots:
        line, offered = await _line(ctx, slot), slot.offered(EVERYBODY, ctx.now())
        for number in range(1, slot.capacity + 1):
            free = offered >> (number - 1) & 1 and (slot.id, number) not in taken
            if free and not await _hand_on(ctx, line, slot, number, None):
                break


async def _line(ctx: Ctx, slot: Slot) -> list[Entry]:
    """Who waits for a number of this slot, first come first; nobody once it takes no bookings."""
    _, closes = await joining.hours(ctx, slot)
    if slot.state != "OPEN" or ctx.now() >= clears_at(slot, closes):
        return []
    line = await store.lines(ctx, [doctor_day(slot.doctor_id, slot.visit_date)])
    return [entry for entry in line if entry.wants(slot)]


async def _hand_on(
    ctx: Ctx, line: list[Entry], slot: Slot, number: int, kept: Appointment | None
) -> bool:
    """Offers a number to the first of ``line`` who may have it; False: nobody."""
    for entry in line:
        if await _offer(ctx, entry, slot, number, kept):
            return True
    return False


async def _offer(ctx: Ctx, entry: Entry, slot: Slot, number: int, kept: Appointment | None) -> bool:
    """False: not for this one, who keeps their place unless they may not book any more."""
    them = replace(ctx.acting_as(Actor("account", entry.account)), channel=entry.channel)
    try:
        binding = await patients.may_book(them, entry.patient_id)
        await restrictions.check_stored(them, entry.patient_id)
    except (NotFound, Restricted):
        await store.end(ctx, entry, LIFE.next(entry.state, "leave"))
        return False
    age = binding.age(date.fromisoformat(slot.visit_date))
    pools = await schedules.pools_for(them, slot, entry.patient_id, age)
    if not slot.offered(pools, ctx.now()) >> (number - 1) & 1:
        return False
    given = Given(
        patient_id=entry.patient_id,
        patient=binding.display,
        number=number,
        key=f"waiting:{entry.id}:{entry.round}",
        expires_at=await _until(ctx, slot),
        booked=entry.auto and not slot.fee_fen,
        contact=binding.contact,
        no_symptoms_at=entry.no_symptoms_at,
    )

    async def also(transaction: Any, made: Appointment) -> bool:
        return await _give(ctx, entry, made, transaction)

    try:
        await appointments.hand_over(them, given, slot, kept, also)
    except (LimitReached, WrongState):
        return False
    return True


async def _give(ctx: Ctx, entry: Entry, made: Appointment, transaction: Any) -> bool:
    """They are told with it, unless a HIS that owns the number is to be asked first."""
    booked, asking = made.state == "BOOKED", made.source != locks.OURS
    kind, action = (events.ASSIGNED, "assign") if booked else (events.OFFERED, "offer")
    state = LIFE.next(entry.state, action)
    fields = {
        "appointment": made.id,
        "serial": made.serial,
        "found_starts_at": made.starts_at,
        "offered_at": ctx.now(),
        "offered_until": made.expires_at,
        "asking": asking,
    }
    event = None if asking else events.found(ctx, kind, entry, made)
    return await store.give(ctx, entry, state, event, transaction, **fields)


async def _until(ctx: Ctx, slot: Slot) -> datetime:
    hours = await parameters.resolve(ctx, "booking.wait_list_pay_hours", **slot.scopes)
    last = await parameters.resolve(ctx, "booking.wait_list_last_minutes", **slot.scopes)
    return take_until(ctx.now(), slot.starts_at, int(hours), int(last))
