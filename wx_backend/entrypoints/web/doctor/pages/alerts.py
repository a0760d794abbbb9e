"""Alerts: the member's list, one of them, its patient's full name, the report it came from."""

from notify.critical import service as critical
from notify.critical.model import HOWS, MEASURES, OUTCOMES, SEATS, Alert
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web import alert_acts
from wx_backend.entrypoints.web.doctor import paths, physicians
from wx_backend.entrypoints.web.doctor.pages.shared import DoctorPage
from wx_backend.entrypoints.web.doctor.trend import Trend, trend
from wx_backend.records.reports import access as reports
from wx_backend.records.reports.model import STATUSES, WITHDRAWN

TABS = {"": "进行中", "ended": "已结束"}


class Alerts(DoctorPage):
    """``GET ?show=ended``: what the member was told of, or answers for."""

    access = staff("critical:read")
    here = "alerts"

    async def get(self) -> None:
        topics, ended = await self.topics(), self.asked("show") == "ended"
        rows = [one for one in await self.alerts() if one.open != ended]
        tab = "ended" if ended else ""
        await self.show("alerts.html", topics, rows=rows, tab=tab, tabs=TABS)


class AlertPage(DoctorPage):
    """What every answer about one alert shows: the sheet with the step that is due."""

    here = "alerts"

    def place(self, key: str) -> str:
        return paths.alert(key)

    async def sheet(
        self,
        key: str,
        status: int = 200,
        wrong: str = "",
        given: dict[str, list[str]] | None = None,
    ) -> None:
        """``wrong`` is said above the form, which keeps what was ``given``.

        Raises:
            NotFound: there is none, or the member has no duty for it.
        """
        topics = await self.topics()
        alert = await critical.alert(self.ctx, key)
        act = self.due(alert)
        await self.show(
            "alert.html",
            topics,
            status,
            alert=alert,
            act=act,
            choices=critical.choices(alert),
            physicians=await physicians.of(self.ctx, alert) if act == "notify" else [],
            locked=act == "receive" and await critical.locked(self.ctx, alert),
            phone=await critical.laboratory_phone(self.ctx, alert),
            shift=await alert_acts.shift(self.ctx, alert),
            reads=self.may("reports:read"),
            course=await self._course(alert),
            away=alert.away,
            contacts=self.may("critical:receive") and alert.away and alert.open,
            refutes=self.may("critical:handle") and alert.open,
            today=self.ctx.today(self.zone),
            wrong=wrong,
            given=given or {},
            hows=HOWS,
            measures=MEASURES,
            outcomes=OUTCOMES,
            seats=SEATS,
            names={one.member: one.name for one in alert.told},
        )

    async def _course(self, alert: Alert) -> Trend | None:
        """How the result came to be what it is, for who reads reports."""
        if not self.may("reports:read"):
            return None
        points = await reports.course_on_duty(self.ctx, alert.report, alert.item)
        return trend(points, alert.range)

    def due(self, alert: Alert) -> str:
        """The step that is next, if this member may take it."""
        act, permission = STEPS.get(alert.state, ("", ""))
        return act if act and self.may(permission) else ""


STEPS: dict[str, tuple[str, str]] = {
    "RAISED": ("receive", "critical:receive"),
    "RECEIVED": ("notify", "critical:receive"),
    "PHYSICIAN_NOTIFIED": ("handle", "critical:handle"),
    "HANDLED": ("close", "critical:handle"),
}
"""By state: what comes next, and who may do it."""


class OneAlert(AlertPage):
    """``GET``: audited, since it shows the result."""

    access = staff("critical:read")

    async def get(self, key: str) -> None:
        await self.sheet(key)


class FullName(DoctorPage):
    """``POST``: who it is, to speak about the right person; audited."""

    access = staff("reports:read")
    here = "alerts"

    async def post(self, key: str) -> None:
        alert = await critical.alert(self.ctx, key)
        name = await reports.name_on_duty(self.ctx, alert.report)
        await self.show("name.html", await self.topics(), alert=alert, name=name)


class ReportPage(DoctorPage):
    """``GET``: every result of the report, for who has a duty for the alert."""

    access = staff("reports:read")
    here = "alerts"

    async def get(self, key: str) -> None:
        topics = await self.topics()
        alert = await critical.alert(self.ctx, key)
        report = await reports.read_on_duty(self.ctx, alert.report)
        await self.show(
            "report.html", topics, alert=alert, report=report, statuses=STATUSES,
            results=[one for one in report.content.items if one.status not in WITHDRAWN],
            today=self.ctx.today(self.zone),
        )  # fmt: skip
