"""At which levels a parameter may be set: where it is asked for, and nowhere else. Pure."""

from wx_backend.base.errors import Invalid
from wx_backend.directory.settings.model import LEVELS

_COUNTED = ("counts", "limit", "days", "ban_days")
HOSPITAL_WIDE = frozenset(
    {
        "booking.slot_minutes",
        "booking.late_minutes",
        *(f"booking.{kind}_{what}" for kind in ("no_show", "cancel", "grab") for what in _COUNTED),
        *(f"booking.tries_per_{what}" for what in ("account", "device", "address")),
        "booking.guard_by_address",
        "critical.card_shows_value",
        "critical.first_only_for_a",
    }
)
"""Counted or decided over the whole hospital, before any place is known."""

MADE_WITH = frozenset(
    {
        "booking.window_days",
        "booking.release_time",
        *(f"booking.fee_{title}_fen" for title in ("chief", "associate", "attending", "other")),
    }
)
"""Asked for when numbers are made: those that are there stay as they are."""

WHOLE = ("bills.", "identity.", "messages.", "payments.")
"""Beginnings of the names of others."""


def levels(name: str) -> tuple[str, ...]:
    """From the most general to the most specific."""
    if name in HOSPITAL_WIDE or name.startswith(WHOLE):
        return LEVELS[:1]
    if name.startswith("critical."):
        return "hospital", "department", "clinic_type"
    return LEVELS


def check_level(name: str, level: str) -> None:
    """Raises Invalid: the parameter says nothing there."""
    if level not in levels(name):
        raise Invalid(fields={"level": "这个参数不能在这一级设定，请在更高一级设定"})
