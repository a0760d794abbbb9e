"""What is read of appointments: an account's own, and what staff ask for."""

from collections.abc import Iterable

from booking.appointments import store
from booking.appointments.model import SEATED, Appointment, Page, read_cursor, write_cursor
from wx_backend.base.context import Actor, Ctx
from wx_backend.base.errors import NotFound
from wx_backend.identity.patients import service as patients

MANY = 100
"""More visits to come than one account can have."""


async def own(ctx: Ctx, appointment_id: str) -> Appointment:
    """The account's own appointment. Raises NotFound for anybody else's."""
    appointment = await store.get(ctx, appointment_id)
    if appointment is None or appointment.account != ctx.actor.id:
        raise NotFound("没有找到这个预约")
    return appointment


async def mine(
    ctx: Ctx, cursor: str = "", limit: int = 20, states: Iterable[str] | None = None
) -> Page:
    """The account's appointments, latest visit first; ``cursor`` is that of the page before.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    before = read_cursor(cursor) if cursor else None
    found = await store.of_account(ctx, ctx.actor.id, limit + 1, before, states)
    more = len(found) > limit
    return Page(found[:limit], write_cursor(found[limit - 1]) if more else "")


async def coming(ctx: Ctx, limit: int = 3) -> list[Appointment]:
    """The account's next visits: numbers it owns, and holds that may still be paid."""
    found = await store.coming(ctx, ctx.actor.id, SEATED, ctx.now(), limit)
    return [one for one in found if one.state != "HELD" or one.expires_at > ctx.now()]


async def open_of(ctx: Ctx, account: str) -> int:
    """How many visits of the account are still to come, or may still be paid."""
    return len(await coming(ctx.acting_as(Actor("account", account)), MANY))


async def seated_in(ctx: Ctx, slots: Iterable[str]) -> list[Appointment]:
    """For staff: who owns a number in these slots, by start and number; one call."""
    return await store.seated(ctx, slots)


async def numbers_taken(ctx: Ctx, slots: Iterable[str]) -> list[tuple[str, int]]:
    """(slot, number) of what somebody owns in these slots; one call."""
    return [(one["slot"], one["number"]) for one in await store.places_taken(ctx, list(slots))]


async def find(ctx: Ctx, appointment_id: str) -> Appointment:
    """Whoever's it is, for reactions and staff. Raises NotFound."""
    found = await store.get(ctx, appointment_id)
    if found is None:
        raise NotFound("没有找到这个预约")
    return found


async def contact(ctx: Ctx, appointment_id: str) -> str:
    """The number to ring about an appointment, for staff; audited. Raises NotFound."""
    found = await find(ctx, appointment_id)
    return await patients.contact(ctx, found.account, found.patient_id)
