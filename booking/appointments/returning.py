"""A number that comes back: kept for who waits, handed over in one change, or everybody's again in
a batch.

While it is kept the ended appointment still has it (``active``, ``returns_at``), so that the unique
index lets nobody else claim it, and whoever dies in between leaves it due.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec

from booking.appointments import claims, past, store
from booking.appointments.batches import next_batch
from booking.appointments.limits import Limits
from booking.appointments.model import WAITING_ID, Appointment, Given, Hold
from booking.schedules.model import Slot
from wx_backend.base import ids
from wx_backend.base.collection import Duplicate
from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState
from wx_backend.directory.settings import service as parameters

Also = Callable[[Any, Appointment], Awaitable[bool]]
"""What else belongs to the same change, as a function of the transaction and of what is made; False
undoes it all.
"""


class _Gone(Exception):
    """The number is not kept any more."""


async def give_back(
    ctx: Ctx,
    appointment: Appointment,
    state: str,
    event: dict,
    transaction: Any = None,
    **fields: Any,
) -> Appointment | None:
    """Ends an appointment that owns a number; None when somebody was first."""
    until = await _kept_until(ctx, appointment)
    return await store.end(ctx, appointment, state, event, until, transaction, **fields)


async def open_again(ctx: Ctx, slots: list[str]) -> None:
    """What was given up while these slots were closed comes back as any other number does: who
    waits has it first, and it is everybody's in a batch that is still to come. Repeats are
    harmless; one call where nothing was.
    """
    for ended in await store.put_off(ctx, slots):
        returns_at = ended.returns_at
        if returns_at is None or returns_at <= ctx.now():
            returns_at = await _kept_until(ctx, ended) or ctx.now()
        await store.come_back(ctx, ended, returns_at)


async def _kept_until(ctx: Ctx, appointment: Appointment) -> datetime | None:
    """None: it is everybody's at once. No round trip of its own."""
    scope = appointment.scopes
    first = await parameters.resolve(ctx, "booking.wait_list_first", **scope)
    least = await parameters.resolve(ctx, "booking.return_least_minutes", **scope)
    most = await parameters.resolve(ctx, "booking.return_most_minutes", **scope)
    if ctx.now() >= appointment.starts_at or not (first or most):
        return None
    group = f"{appointment.doctor_id}:{appointment.visit_date}"
    secret = ctx.house.settings.secret
    return next_batch(secret, group, ctx.now(), min(int(least), int(most)), int(most))


async def hand_over(
    ctx: Ctx, given: Given, slot: Slot, returned: Appointment | None, also: Also
) -> Appointment | None:
    """The number becomes the actor's in one transaction, and is never free in between. A HIS that
    owns it is asked afterwards: until it has said yes it is HELD, whatever was given.

    ``returned`` is who kept it; None for a number that is free. None is answered when it is not
    there any more.

    Raises:
        LimitReached: the patient has other numbers.
        WrongState: ``also`` said no.
    """
    command = Hold(slot.id, given.patient_id)
    draft = await claims.drafted(
        ctx, command, given.key, slot, given.patient, given.contact, given.no_symptoms_at
    )
    made = msgspec.structs.replace(
        draft,
        id=ids.derive(WAITING_ID, draft.key, draft.request),
        number=given.number,
        serial=slot.serial(given.number),
        state="BOOKED" if given.booked and not draft.source else "HELD",
        expires_at=given.expires_at,
    )
    limits = Limits(draft, await claims.limit_rows(ctx, draft, slot))
    told = claims.told(ctx, made)

    async def move(transaction: Any) -> None:
        if returned and not await store.free_kept(ctx, returned, transaction):
            raise _Gone
        if not await also(transaction, made):
            raise WrongState()
        await store.claim_for(ctx, transaction, made, limits.keys(), told)

    while True:
        try:
            await ctx.house.db.together(move)
        except _Gone:
            return None
        except Duplicate as taken:
            if taken.field == store.PLACE:
                return None
            if taken.field == "_id":
                raise WrongState() from None
            await past.advance(ctx, limits, taken.value)
        else:
            ctx.house.nudge()
            return made
