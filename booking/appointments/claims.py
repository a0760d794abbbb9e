"""Claiming a number: the insert is the claim (docs/adr/0001).

Round trips of a booking: one shared read (the binding) and one shared insert. A number that turns
out to be taken, or a person limit whose ordinal is in use, costs one more insert.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec

from booking.appointments import events, fairness, past, store
from booking.appointments.limits import PARAMETERS, Bounds, Limits, limit_keys
from booking.appointments.model import Appointment, Hold, place_in
from booking.locks import service as locks
from booking.schedules import service as schedules
from booking.schedules.model import EVERYBODY, Slot, SlotFull
from wx_backend.base import ids
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.errors import SameKeyOtherBody
from wx_backend.base.events import happened
from wx_backend.base.idempotency import key_id, request_hash
from wx_backend.directory.settings import service as parameters
from wx_backend.directory.settings.model import resolved

Write = Callable[[Appointment, list[str]], Awaitable[None]]
"""Writes a claim with its limits. Raises Duplicate as ``store.claim``."""


async def claim(
    ctx: Ctx,
    command: Hold,
    key: str,
    slot: Slot,
    patient: str,
    pools: frozenset[str] = EVERYBODY,
    contact: str = "",
    no_symptoms_at: datetime | None = None,
) -> Appointment:
    """A HELD appointment on the lowest number open to ``pools``; BOOKED at once without a fee.

    Raises:
        SlotFull: with the nearest free slots.
        LimitReached: a limit of the person, the account or the phone.
        SameKeyOtherBody: the key was used before, for this request or another.
    """
    if not schedules.availability(ctx.house).free(slot, ctx.now(), pools):
        raise _full(ctx, slot)  # in a rush most are told so: at once, for the sake of all others
    draft = await drafted(ctx, command, key, slot, patient, contact, no_symptoms_at)
    limits = Limits(draft, await limit_rows(ctx, draft, slot))

    async def insert(held: Appointment, keys: list[str]) -> None:
        await store.claim(ctx, held, keys, told(ctx, held))

    return await place(ctx, draft, slot, limits, pools, insert)


def check_room(ctx: Ctx, slot: Slot) -> None:
    """Whether there is a number for anybody at all. No round trip.

    Raises:
        SlotFull: with the nearest free slots.
    """
    if not schedules.availability(ctx.house).has_room(slot):
        raise _full(ctx, slot)


async def place(
    ctx: Ctx,
    draft: Appointment,
    slot: Slot,
    limits: Limits,
    pools: frozenset[str],
    write: Write,
) -> Appointment:
    """``draft`` on the lowest number open to ``pools`` that ``write`` finds free.

    Raises:
        SlotFull, LimitReached, SameKeyOtherBody: as ``claim``; and what ``write`` raises.
    """
    view = schedules.availability(ctx.house)
    barred = await fairness.barred(ctx, draft)
    while number := view.take(slot, ctx.now(), pools, barred):
        held = msgspec.structs.replace(draft, number=number, serial=slot.serial(number))
        try:
            await write(held, limits.keys())
            view.mark(slot.id, number, True)
            return held
        except Duplicate as taken:
            if taken.field == store.PLACE:
                continue
            view.mark(slot.id, number, False)
            if taken.field == "_id":
                raise SameKeyOtherBody() from None
            await past.advance(ctx, limits, taken.value)
        except BaseException:
            view.mark(slot.id, number, False)
            raise
    raise _full(ctx, slot)


async def made_before(ctx: Ctx, command: Hold, key: str) -> Appointment | None:
    """What this very request has made before. One shared round trip.

    Raises:
        SameKeyOtherBody: the key was used for another request.
    """
    before = await store.of_key(ctx, key_id(ctx.actor.id, key))
    if before and before.request != request_hash(command):
        raise SameKeyOtherBody()
    return before


async def drafted(
    ctx: Ctx,
    command: Hold,
    key: str,
    slot: Slot,
    patient: str,
    contact: str = "",
    no_symptoms_at: datetime | None = None,
) -> Appointment:
    """What a claim of the actor would be, without a number yet."""
    minutes = await parameters.resolve(ctx, "booking.hold_minutes", **slot.scopes)
    source = await locks.owner(ctx, slot)
    request, now = request_hash(command), ctx.now()
    mine = key_id(ctx.actor.id, key)
    return Appointment(
        id=ids.derive("apt", mine, request),
        **place_in(slot),
        state="HELD" if slot.fee_fen or source else "BOOKED",
        source=source,
        version=1,
        account=ctx.actor.id,
        channel=ctx.channel,
        patient_id=command.patient,
        patient=patient,
        expires_at=min(now + timedelta(minutes=minutes), slot.starts_at),
        request=request,
        key=mine,
        created_at=now,
        contact=contact,
        no_symptoms_at=no_symptoms_at,
        origin=await fairness.traces(ctx),
    )


def told(ctx: Ctx, claimed: Appointment) -> list[dict]:
    """The events of a claim: a hold tells nobody anything yet, but who owns the number."""
    if claimed.state == "HELD" and not claimed.source:
        return []
    kind = events.CLAIMED if claimed.state == "HELD" else events.BOOKED
    return [happened(ctx, kind, claimed.id, claimed.version, **claimed.facts())]


async def limit_rows(ctx: Ctx, draft: Appointment, slot: Slot) -> list[list[str]]:
    """The limits in force for who wants a number of ``slot``. No round trip."""
    known, scopes = await parameters.values(ctx), slot.scopes
    found = {name: resolved(known, f"booking.{of}", scopes) for name, of in PARAMETERS.items()}
    return limit_keys(draft, slot, Bounds(**found))


def _full(ctx: Ctx, slot: Slot) -> SlotFull:
    view, now = schedules.availability(ctx.house), ctx.now()
    return SlotFull(
        nearest=[
            {
                "slot": near.id,
                "doctor": near.doctor,
                "starts_at": near.starts_at,
                "visit_date": near.visit_date,
                "free": view.free(near, now),
            }
            for near in view.nearest(slot, now)
        ]
    )
