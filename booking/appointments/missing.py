"""A visit that did not take place because the patient did not come."""

from booking.appointments import events, store
from booking.appointments.model import LIFE, Appointment
from wx_backend.base.context import Ctx


async def miss(ctx: Ctx, appointment: Appointment) -> Appointment | None:
    """BOOKED → NO_SHOW; what was paid stays paid. None when somebody was first.

    Raises:
        WrongState: it is not booked.
    """
    event = events.change(ctx, events.MISSED, appointment)
    state = LIFE.next(appointment.state, "miss")
    return await store.end(ctx, appointment, state, event, ended_by="system")
