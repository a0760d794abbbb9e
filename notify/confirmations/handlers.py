"""What a LIS was told of an alert, for those who look after the interfaces."""

from datetime import datetime

import msgspec

from notify.confirmations import service
from wx_backend.base.api import Call, Items, calls
from wx_backend.base.errors import NotFound
from wx_backend.base.handler import ApiHandler, staff


class ConfirmationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One confirmation: which state of the alert, and how telling it went. Nothing of the result.

    ``state`` is ``DUE``, ``SENT``, ``REFUSED`` or ``PARKED``; ``reason`` why it did not go.
    """

    told: str
    state: str
    source: str
    report: str
    control_id: str
    acted_at: datetime
    tries: int
    reason: str
    sent_at: datetime | None


class Replayed(msgspec.Struct, frozen=True):
    """How many confirmations are told anew."""

    count: int


class OfAlert(ApiHandler):
    """``GET``: what a LIS has been or is to be told of an alert."""

    access = staff("deliveries:read")
    api = calls(
        get=Call(does="给检验系统的危急值回执", answer=Items[ConfirmationLine], refuses=(NotFound,))
    )

    async def get(self, alert: str) -> None:
        found = await service.of_alert(self.ctx, alert)
        if not found:
            raise NotFound()
        self.answer(
            Items([msgspec.convert(one, ConfirmationLine, from_attributes=True) for one in found])
        )


class Replay(ApiHandler):
    """``POST``: tells the LIS again what it refused or did not answer for a week."""

    access = staff("deliveries:replay")
    api = calls(post=Call(does="重新发送危急值回执", answer=Replayed, refuses=(NotFound,)))

    async def post(self, alert: str) -> None:
        count = await service.replay(self.ctx, alert)
        if not count:
            raise NotFound()
        self.answer(Replayed(count))


ONE = r"/api/v1/confirmations/([a-z0-9]+)"
routes = [(ONE, OfAlert), (ONE + "/replay", Replay)]
