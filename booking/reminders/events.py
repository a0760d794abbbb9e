"""What reminders announce."""

from booking.appointments.events import BOOKED
from booking.reminders.model import EVENING
from wx_backend.base.events import EventType

COMING = EventType("appointment.coming", 1, {**BOOKED.example, "when": EVENING})
"""A visit is near; ``when``: ``evening`` before it, or its own ``morning``."""

events = [COMING]
