"""The patient gives a number back."""

from datetime import datetime

from booking.appointments import events, fairness, finding, following, returning
from booking.appointments.model import LIFE, Appointment, CancelTooLate, cancel_deadline
from booking.schedules.model import Slot
from wx_backend.base.context import Ctx
from wx_backend.directory.settings import service as parameters


async def cancel_until(ctx: Ctx, appointment: Appointment | Slot) -> datetime:
    """Until when the patient may cancel (UTC), also of a slot that may be booked."""
    scope = {"department": appointment.department_id, "doctor": appointment.doctor_id}
    days = await parameters.resolve(ctx, "booking.cancel_days_before", **scope)
    until = await parameters.resolve(ctx, "booking.cancel_until", **scope)
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
    refund = appointment.fee_fen if appointment.state == "BOOKED" else 0
    event = events.change(ctx, events.CANCELLED, appointment, refund_fen=refund, by="patient")
    origin = sorted({*appointment.origin, *fairness.traces(ctx)})
    fields = {"ended_by": "patient", "origin": origin}
    ended = await returning.give_back(ctx, appointment, "CANCELLED", event, **fields)
    if ended is None:
        return await cancel(ctx, appointment_id)  # somebody was first: decide again
    if not ended.returns_at:
        following.freed(ctx, ended)
    return ended
