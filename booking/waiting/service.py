"""Use cases of the waiting list: join, look, leave; what follows from the offered number."""

from collections.abc import Iterable

from booking.appointments import service as appointments
from booking.schedules import service as schedules
from booking.schedules.model import Slot
from booking.waiting import joining, offering, store
from booking.waiting.following import given_up, locked, missed, refused, stopped, taken
from booking.waiting.joining import check_hours, full_scopes, hours, symptoms_asked
from booking.waiting.model import (
    LIFE,
    Entry,
    Join,
    Scope,
    ahead_of,
    before_newcomer,
    clears_at,
    doctor_day,
    waiting_for,
)
from wx_backend.base.cache import recent
from wx_backend.base.context import Ctx
from wx_backend.base.errors import AppError, NotFound, SameKeyOtherBody, WrongState
from wx_backend.base.idempotency import key_id, request_hash
from wx_backend.base.sweeper import Sweep

__all__ = [
    "accept", "adopt", "ahead", "check_hours", "counts", "given_up", "hours", "join", "leave",
    "locked", "mine", "missed", "of_day", "open_for", "open_of", "own", "refused", "stopped",
    "sweeps", "symptoms_asked", "taken", "ways",
]  # fmt: skip

SHOWN = 50


async def join(ctx: Ctx, command: Join, key: str, symptoms: bool | None = None) -> Entry:
    """Puts a patient on the list of a slot, session or day that is full; repeats are harmless.

    ``symptoms``: what they say to the symptom screen, as they would for a number; what is offered
    later needs no second answer.

    Raises:
        NotFound: no such slot here, or the patient is not this account's.
        SlotClosed, SlotNotOpenYet, AgeNotSeen, Restricted, AccountTooNew: they could not book it if
            it were free.
        NotFull, WaitingClosed, WaitingLimit, SameKeyOtherBody.
        SymptomsNotSaid, FeverClinic.
    """
    day = schedules.of_doctor_day(ctx, schedules.open_slot(ctx, command.slot))
    no_symptoms_at = await appointments.screen(ctx, symptoms, *day)
    try:
        return await joining.join(ctx, command, key, no_symptoms_at)
    except AppError as refusal:
        before = await store.of_key(ctx, key_id(ctx.actor.id, key))
        if before is None:
            raise
        if before.request != request_hash(command):
            raise SameKeyOtherBody() from None
        if isinstance(refusal, NotFound):
            raise
        return before


async def own(ctx: Ctx, key: str) -> Entry:
    """Raises NotFound for anybody else's."""
    entry = await store.get(ctx, key)
    if entry is None or entry.account != ctx.actor.id:
        raise NotFound("没有找到这个候补")
    return entry


async def mine(ctx: Ctx) -> list[tuple[Entry, int]]:
    """The account's entries, newest first, each with how many come before it; two calls."""
    found = await store.of_account(ctx, ctx.actor.id, SHOWN)
    waits = {doctor_day(one.doctor_id, one.visit_date) for one in found if one.state == "WAITING"}
    line = await store.lines(ctx, sorted(waits)) if waits else []
    return [(one, _ahead(one, line)) for one in found]


def _ahead(entry: Entry, lines: list[Entry]) -> int:
    here = (entry.doctor_id, entry.visit_date)
    return ahead_of(entry, (one for one in lines if (one.doctor_id, one.visit_date) == here))


async def open_of(ctx: Ctx, account: str) -> int:
    """How many entries of the account still wait, or were offered a number."""
    return await store.count_of(ctx, account)


async def ahead(ctx: Ctx, entry: Entry) -> int:
    """How many come before it; one call while it waits."""
    if entry.state != "WAITING":
        return 0
    return ahead_of(entry, await store.lines(ctx, [doctor_day(entry.doctor_id, entry.visit_date)]))


async def accept(ctx: Ctx, key: str) -> Entry:
    """Takes the offered number of an own entry, if it has no fee. Repeats are harmless.

    Raises:
        NotFound, HoldExpired, or WrongState: nothing was offered, or it is to be paid.
    """
    entry = await own(ctx, key)
    if entry.appointment is None:
        raise WrongState(state=entry.state)
    await appointments.accept(ctx, entry.appointment)
    await taken(ctx, entry.appointment)
    return await own(ctx, key)


async def leave(ctx: Ctx, key: str) -> Entry:
    """Gives up the place, or the number that was offered. Repeats are harmless.

    Raises:
        NotFound, or WrongState: the number has been taken, or it is over.
    """
    entry = await own(ctx, key)
    if entry.state == "LEFT":
        return entry
    state = LIFE.next(entry.state, "leave")
    if entry.state == "OFFERED":
        await appointments.cancel(ctx, entry.appointment or "")
    ended = await store.end(ctx, entry, state)
    return ended or await leave(ctx, key)  # somebody was first: decide again


async def counts(ctx: Ctx, slots: Iterable[Slot]) -> dict[str, int]:
    """How many wait for each of these slots, by its id; at most a second old, one call for all of
    a process.
    """
    asked = list(slots)
    keys = sorted({doctor_day(one.doctor_id, one.visit_date) for one in asked})
    if not keys:
        return {}
    line = await _lines(ctx, keys)
    return {one.id: waiting_for(one, line) for one in asked}


async def open_for(ctx: Ctx, slot: Slot) -> bool:
    """Whether numbers of the slot's day may still be waited for, now or when the list opens. No
    round trip.
    """
    _, closes = await hours(ctx, slot)
    return ctx.now() < clears_at(slot, closes)


async def ways(ctx: Ctx, slot: Slot) -> dict[Scope, int]:
    """What of the doctor's day may be waited for, and how many would come first; the line as old as
    that of ``counts``.
    """
    scopes = full_scopes(ctx, slot)
    line = await _lines(ctx, [doctor_day(slot.doctor_id, slot.visit_date)]) if scopes else []
    return {scope: before_newcomer(slot, scope, line) for scope in scopes}


async def _lines(ctx: Ctx, keys: list[str]) -> list[Entry]:
    """At most a second old."""
    cached = recent(ctx.house, "waiting")
    return await cached.get((ctx.institution, *keys), lambda: store.lines(ctx, keys))


async def of_day(ctx: Ctx, doctors: Iterable[str], visit_date: str) -> list[Entry]:
    """For staff: everybody who has ever waited for these doctors' day, first come first; one
    call.
    """
    return await store.of_day(ctx, [doctor_day(one, visit_date) for one in doctors])


async def adopt(ctx: Ctx, account: str, into: str) -> None:
    """The entries of a merged account belong to the one that stays."""
    await store.adopt(ctx, account, into)
    await store.count_again(ctx, into)


async def give_back(ctx: Ctx, account: str, of: str) -> None:
    """The entries that came from an account which is its own again."""
    await store.give_back(ctx, account, of)
    await store.count_again(ctx, account)
    await store.count_again(ctx, of)


sweeps = [Sweep("returned_numbers", offering.returned), Sweep("waiting", offering.due)]
