"""A number is given back: by the patient, or at the desk."""

from contextlib import suppress
from datetime import datetime

from booking.appointments import events, fairness, finding, following, returning, store
from booking.appointments.model import LIFE, Appointment, CancelTooLate, cancel_deadline
from booking.schedules.model import Slot
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, WrongState
from wx_backend.directory.settings import service as parameters

WISHES = {"patient": "患者要求", "hospital": "医院原因"}
"""Who wanted it cancelled, as staff choose."""


async def cancel_until(ctx: Ctx, appointment: Appointment | Slot) -> datetime:
    """Until when the patient may cancel (UTC), also of a slot that may be booked."""
    days = await parameters.resolve(ctx, "booking.cancel_days_before", **appointment.scopes)
    until = await parameters.resolve(ctx, "booking.cancel_until", **appointment.scopes)
    return cancel_deadline(appointment, days, until)


async def cancel(ctx: Ctx, appointment_id: str) -> Appointment:
    """The patient gives the number back; what was paid is refunded in full. Repeats are harmless.

    Raises:
        CancelTooLate: past the deadline for a booked number.
        WrongState: what has become of it can no longer be cancelled.
    """
    appointment = await finding.own(ctx, appointment_id)
    if appointment.state == "CANCELLED":
        return appointment
    LIFE.next(appointment.state, "cancel")
    if appointment.state == "BOOKED":
        until = await cancel_until(ctx, appointment)
        if ctx.now() >= until:
            raise CancelTooLate(until=until)
    ended = await _end(ctx, appointment, "patient")
    return ended or await cancel(ctx, appointment_id)  # somebody was first: decide again


async def cancel_for(ctx: Ctx, appointment_id: str, by: str, why: str) -> Appointment:
    """Staff cancel it, until the visit begins; ``by``: who wants it, ``patient`` or ``hospital``,
    which never counts against the patient. What was paid is refunded in full. Repeats are harmless.

    Raises:
        Invalid: no reason.
        WrongState: what has become of it can no longer be cancelled.
    """
    reason = why.strip()
    if not 2 <= len(reason) <= 100:
        raise Invalid(fields={"why": "请写明原因（2 至 100 字）"})
    if by not in WISHES:
        raise Invalid(fields={"by": "请选择是谁要求取消"})
    appointment = await finding.find(ctx, appointment_id)
    if appointment.state == "CANCELLED":
        return appointment
    LIFE.next(appointment.state, "cancel")
    ended = await _end(ctx, appointment, by, why=reason)
    return ended or await cancel_for(ctx, appointment_id, by, why)


async def undo(ctx: Ctx, purpose: dict[str, str], why: str) -> None:
    """What was paid goes back by another way: what it has bought, also by way of another time, is
    cancelled by the hospital, unless the visit has begun.
    """
    first = await finding.find(ctx, purpose["id"])
    later = {"patient_id": first.patient_id, "paid_with": first.id, "active": True}
    [now] = await store.search(ctx, later, 1) or [first]
    with suppress(WrongState):
        await cancel_for(ctx, now.id, "hospital", why)


async def _end(ctx: Ctx, appointment: Appointment, by: str, **fields: str) -> Appointment | None:
    """None when somebody was first."""
    refund = appointment.fee_fen if appointment.state == "BOOKED" else 0
    event = events.change(ctx, events.CANCELLED, appointment, refund_fen=refund, by=by)
    origin = sorted({*appointment.origin, *await fairness.traces(ctx)})
    ended = await returning.give_back(
        ctx, appointment, "CANCELLED", event, ended_by=by, origin=origin, **fields
    )
    if ended and not ended.returns_at:
        following.freed(ctx, ended)
    return ended
