"""Numbers that a HIS owns: what an appointment wants of it, and what follows from its answer.

The claim is made here first, whoever owns the numbers; the HIS is asked after it is stored
(docs/adr/0015).
"""

from booking.appointments import events, store
from booking.appointments.model import LIFE, Appointment, NumberNotLocked, from_waiting
from booking.locks import service as locks
from booking.locks.model import KNOWN, Wanted
from booking.locks.service import Need
from wx_backend.base.context import Ctx
from wx_backend.gateways.his_numbers.port import Place
from wx_backend.identity.worklist import service as worklist

USED = frozenset({"BOOKED", "CHECKED_IN", "IN_VISIT", "DONE", "NO_SHOW"})
"""States whose number the HIS must know to be taken for good."""


def wanted(appointment: Appointment) -> Wanted:
    if appointment.state == "HELD":
        return "LOCKED"
    return "CONFIRMED" if appointment.state in USED else "RELEASED"


def _need(ctx: Ctx, appointment: Appointment) -> Need:
    """A number that is kept for who waits is given back when that is over."""
    place = Place(
        slot=appointment.slot,
        number=appointment.number,
        serial=appointment.serial,
        department=appointment.department,
        doctor=appointment.doctor,
        visit_date=appointment.visit_date,
        starts_at=appointment.starts_at,
    )
    return Need(
        appointment=appointment.id,
        place=place,
        expires_at=appointment.expires_at,
        wanted=wanted(appointment),
        seen=appointment.version,
        due_at=appointment.returns_at or ctx.now(),
    )


async def begin(ctx: Ctx, claimed: Appointment) -> Appointment:
    """Asks the HIS, if the number is its own, for a little while; what has become of the claim."""
    if claimed.source == locks.OURS:
        return claimed
    known = await locks.ask(ctx, _need(ctx, claimed))
    if known == "REFUSED":
        await refuse(ctx, claimed.id, claimed.slot, claimed.number)
    elif known == "LOCKED":
        await take(ctx, claimed.id)
    return await store.get(ctx, claimed.id) or claimed


async def follow(ctx: Ctx, appointment_id: str) -> None:
    """The HIS shall hear what the appointment wants now. Repeats are harmless."""
    if not await locks.owns_any(ctx):
        return
    found = await store.get(ctx, appointment_id)
    if found and found.source != locks.OURS:
        await locks.want(ctx, _need(ctx, found))


async def lock_state(ctx: Ctx, appointment: Appointment) -> str:
    """A state of a lock; empty when there is none because the number is ours."""
    if appointment.source == locks.OURS:
        return ""
    return await locks.state(ctx, appointment.id)


async def pending(ctx: Ctx, appointment: Appointment) -> str:
    """The lock's state while the HIS has not said that the number is the patient's; else empty."""
    found = await lock_state(ctx, appointment)
    return "" if found in KNOWN else found


async def check_known(ctx: Ctx, appointment: Appointment) -> None:
    """Raises NumberNotLocked while the HIS has not said that the number is the patient's."""
    if await pending(ctx, appointment):
        raise NumberNotLocked()


async def take(ctx: Ctx, appointment_id: str) -> None:
    """The HIS has locked it: what costs nothing is the patient's now; what the waiting list has
    found is the list's to decide. Repeats are harmless.
    """
    if not from_waiting(appointment_id):
        await assign(ctx, appointment_id)


async def assign(ctx: Ctx, appointment_id: str) -> None:
    """A number without a fee, locked where that is needed, is the patient's. Repeats are
    harmless.
    """
    found = await store.get(ctx, appointment_id)
    if found is None or found.state != "HELD" or found.fee_fen or found.kept_for:
        return
    event = events.change(ctx, events.BOOKED, found)
    if not await store.advance(ctx, found, LIFE.next(found.state, "seat"), event):
        await assign(ctx, appointment_id)  # somebody was first: decide again


async def refuse(ctx: Ctx, appointment_id: str, slot: str, number: int) -> None:
    """The HIS has given the number to somebody else: it is not the patient's. Repeats are harmless.

    What was paid goes back; a patient who is here already is a person's to see to.
    """
    found = await store.get(ctx, appointment_id)
    if found is None or (found.slot, found.number) != (slot, number):
        return
    if found.state in LIFE.sources("refuse"):
        if await _end(ctx, found) is None:
            await refuse(ctx, appointment_id, slot, number)  # somebody was first: decide again
    elif found.state in USED:
        about = f"{found.visit_date} {found.department} {found.serial} 已被医院窗口挂出，患者在诊"
        await worklist.open_task(ctx, "his_numbers", found.id, found.visit_date, about)


async def _end(ctx: Ctx, found: Appointment) -> Appointment | None:
    if found.kept_for:
        event = events.change(ctx, events.RELEASED, found, kept_for=found.kept_for)
    elif found.state == "HELD" and from_waiting(found.id):
        event = events.change(ctx, events.OFFER_REFUSED, found)
    else:
        refund = 0 if found.state == "HELD" else found.fee_fen
        event = events.change(ctx, events.REFUSED, found, refund_fen=refund)
    return await store.end(ctx, found, LIFE.next(found.state, "refuse"), event, ended_by="his")
