"""What messages ask the slices above them, by event; ``wiring`` hands these to the house."""

from collections.abc import Callable

from booking.appointments import service as appointments
from booking.reminders import service as reminders
from booking.stops import service as stops
from notify.critical import service as critical

STILL_TRUE = {
    "appointment.booked": appointments.still_seated,
    "appointment.coming": reminders.still_coming,
    "appointment.amended": appointments.still_seated,
    "appointment.reseated": appointments.still_seated,
    "appointment.moved": appointments.still_seated,
    "appointment.rebooked": appointments.still_seated,
    "appointment.to_pay": appointments.still_held,
    "stop.asked": stops.still_asked,
    "appointment.expired": appointments.tells_itself,
    "waiting.offered": appointments.still_held,
    "waiting.assigned": appointments.still_seated,
    "critical.raised": critical.still_open,
    "critical.escalated": critical.still_open,
    "critical.transferred": critical.still_open,
    "critical.handover_offered": critical.still_offered,
}
"""Asked before a message goes out; an event without an entry stays true."""
UNREACHED: dict[str, Callable] = {
    "critical.raised": critical.unreached,
    "critical.escalated": critical.unreached,
    "critical.transferred": critical.unreached,
    "critical.recalled": critical.recall_unreached,
    "critical.recall_unheard": critical.recall_unreached,
    "critical.handover_offered": critical.offer_unreached,
    "critical.handover_declined": critical.unreached,
}
"""By event: hears of a critical message of it that could not be delivered to a member."""
ANSWERED: dict[str, Callable] = {
    "critical.raised": critical.answered,
    "critical.escalated": critical.answered,
    "critical.transferred": critical.answered,
}
"""By event: hears of a button that a member tapped on the card of it."""
