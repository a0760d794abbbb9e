"""Rules about who does something too often, switched off where chance decides who does what."""

UNHINDERED = {
    "booking.cancel_limit": 100,
    "booking.no_show_limit": 100,
    "booking.reschedule_most": 10,
    "booking.tries_per_account": 0,
    "booking.tries_per_device": 0,
    "booking.rebook_guard_minutes": 0,
}
