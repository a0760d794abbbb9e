"""One alert at a desk: its timeline, and what a supervisor or a person on duty does with it."""

from notify.critical import service as critical
from notify.critical.model import HOWS, MEASURES, OUTCOMES, SEATS, Alert
from wx_backend.base.handler import staff
from wx_backend.base.live import service as live
from wx_backend.entrypoints.web import alert_acts
from wx_backend.entrypoints.web.console import alerts
from wx_backend.entrypoints.web.console.pages.critical import ACTS, PATH, CriticalPage
from wx_backend.entrypoints.web.console.pages.shared import BOARD
from wx_backend.entrypoints.web.doctor import physicians

FORMS = {
    "RAISED": "receive",
    "RECEIVED": "notify",
    "PHYSICIAN_NOTIFIED": "handle",
    "HANDLED": "close",
}
"""By state: the form of what comes next."""


class AlertSheet(CriticalPage):
    """What every answer about one alert shows."""

    def place(self, key: str) -> str:
        return f"{PATH}/{key}"

    async def sheet(
        self,
        key: str,
        status: int = 200,
        wrong: str = "",
        given: dict[str, list[str]] | None = None,
    ) -> None:
        """``wrong`` is said above the form, which keeps what was ``given``. Raises NotFound."""
        seen = await live.position(self.ctx, BOARD)
        alert = await critical.alert(self.ctx, key)
        await self.watched(afresh=True)  # what was just done here is not asked for any more
        act = self._due(alert)
        away = alert.away
        await self.show(
            "alert.html",
            status,
            alert=alert,
            row=alerts.row(alert, self.ctx.now(), self.translate),
            act=act,
            choices=critical.choices(alert),
            physicians=await physicians.of(self.ctx, alert) if act == "notify" else [],
            locked=act == "receive" and await critical.locked(self.ctx, alert),
            phone=await critical.laboratory_phone(self.ctx, alert),
            shift=await alert_acts.shift(self.ctx, alert),
            away=away,
            contacts=away and alert.open and self.may("critical:receive"),
            refutes=alert.open and self.may("critical:handle"),
            names={one.member: one.name for one in alert.told},
            hows=HOWS,
            measures=MEASURES,
            outcomes=OUTCOMES,
            seats=SEATS,
            wrong=wrong,
            given=given or {},
            topics={BOARD: seen},
        )

    def _due(self, alert: Alert) -> str:
        _, permission = ACTS.get(alert.state, ("", ""))
        return FORMS[alert.state] if permission and self.may(permission) else ""


class OneAlert(AlertSheet):
    """``GET``: audited, since it shows the result."""

    access = staff("critical:read")

    async def get(self, key: str) -> None:
        await self.sheet(key)


class Receive(AlertSheet, alert_acts.Receive):
    """``POST``: the value is read back, to this person or over the telephone."""


class NotifyPhysician(AlertSheet, alert_acts.NotifyPhysician):
    """``POST``: a physician was told."""


class HandleIt(AlertSheet, alert_acts.HandleIt):
    """``POST``: measures were taken."""


class CloseIt(AlertSheet, alert_acts.CloseIt):
    """``POST``: the course of disease says so."""


class ContactPatient(AlertSheet, alert_acts.ContactPatient):
    """``POST``: one attempt to reach somebody who is not in the house."""


class HandItOver(AlertSheet, alert_acts.HandItOver):
    """``POST``: a colleague on duty is asked to take over."""


class TakeItOver(AlertSheet, alert_acts.TakeItOver):
    """``POST``: the colleague says yes or no."""


class RefuteIt(AlertSheet, alert_acts.RefuteIt):
    """``POST``: the laboratory confirms that it is none."""
