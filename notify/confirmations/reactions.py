"""What people do about a critical value is told to the LIS."""

from notify.confirmations import service
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event

TOLD = {
    "critical.received": "RECEIVED",
    "critical.physician_notified": "PHYSICIAN_NOTIFIED",
    "critical.handled": "HANDLED",
}
"""Event → the state that a LIS is told of."""


async def confirm(ctx: Ctx, event: Event) -> None:
    """One confirmation for each state of an alert."""
    await service.confirm(ctx, event.data["alert"], TOLD[event.type])


reactions = {name: [confirm] for name in TOLD}
