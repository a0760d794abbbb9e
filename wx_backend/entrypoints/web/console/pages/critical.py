"""Critical values for those who watch over them: the live board, a month's indicators, its log."""

from datetime import date, datetime

from notify.critical import service as critical
from notify.critical.model import AREAS, STATES, UNHANDLED, Alert
from wx_backend.base.errors import Invalid
from wx_backend.base.handler import staff
from wx_backend.base.live import service as live
from wx_backend.directory.departments import service as departments
from wx_backend.entrypoints.web.console import alerts, critical_log
from wx_backend.entrypoints.web.console.pages.shared import BOARD, ConsolePage
from wx_backend.entrypoints.web.doctor import words

PATH = "/console/critical"
FIGURES = f"{PATH}/figures"
WATCH = f"{PATH}/watch"
SHOWN = {
    alerts.OVERDUE: "已超时",
    **{key: STATES[key] for key in (*UNHANDLED, "HANDLED", "CLOSED", "RECALLED", "FALSE_ALARM")},
}
ACTS = {
    "RAISED": ("接收", "critical:receive"),
    "RECEIVED": ("通知医生", "critical:receive"),
    "PHYSICIAN_NOTIFIED": ("处置", "critical:handle"),
    "HANDLED": ("记病程", "critical:handle"),
}
"""What is next in a state, and who may do it."""
MONTHS = 12
TOP = 8


class CriticalPage(ConsolePage):
    """What the pages about alerts share."""

    here = "critical"

    async def show(self, template: str, status: int = 200, **values: object) -> None:
        wards = {one.code: one.name for one in await departments.wards(self.ctx)}
        common = {
            "w": words,
            "wards": wards,
            "now_at": self.ctx.now(),
            "today": self.ctx.today(self.zone),
            "zone": self.zone,
            "path": PATH,
            "settings": self.may("settings:read"),
        }
        await super().show(template, status, **common, **values)


class Board(CriticalPage):
    """``GET ?ward=&area=&state=``: what is open, most urgent first, and what has just ended."""

    access = staff("critical:read")
    alarms = True

    async def get(self) -> None:
        seen = await live.position(self.ctx, BOARD)  # before reading, so that nothing is missed
        everything = alerts.rows(await critical.board(self.ctx), self.ctx.now(), self.translate)
        names = {one.code: one.name for one in await departments.wards(self.ctx)}
        asked = {name: self.asked(name) for name in ("ward", "area", "state")}
        chosen = alerts.Filter(**asked)
        await self.show(
            "critical.html",
            rows=[one for one in everything if chosen.shows(one)],
            counts=alerts.counts(everything),
            places=alerts.wards(everything, names),
            areas=AREAS,
            states=SHOWN,
            asked=asked,
            own=self.address(PATH, **asked),
            topics={BOARD: seen},
            watches=self.may("critical:watch"),
            acts={
                state: words for state, (words, permission) in ACTS.items() if self.may(permission)
            },
        )


class Watched(CriticalPage):
    """``GET``: the part of every page that says what waits, asked for when there are news."""

    access = staff("critical:read")

    async def get(self) -> None:
        self._write("watch.html", 200, None, {"watch": await self.watched(afresh=True)})


class Figures(CriticalPage):
    """``GET ?month=2026-11&export=``: indicators by day, place and item; the log as a file."""

    access = staff("critical:watch")

    async def get(self) -> None:
        month = self._month(self.asked("month"))
        found = await critical.raised_in(self.ctx, month)
        if self.asked("export"):
            await self._export(month, found)
            return
        names = {one.code: one.name for one in await departments.wards(self.ctx)}
        days = alerts.by_day(found, month, self.ctx.today(self.zone), self.zone)
        groups = {
            "place": alerts.grouped(found, lambda one: alerts.unit_of(one, names, self.translate)),
            "item": dict(list(alerts.grouped(found, lambda one: one.name).items())[:TOP]),
        }
        figures = {
            name: {key: critical.indicators(some) for key, some in group.items()}
            for name, group in groups.items()
        }
        await self.show(
            "critical_figures.html",
            month=f"{month:%Y-%m}",
            months=self._months(),
            all=critical.indicators(found),
            by_day={day: critical.indicators(some) for day, some in days.items()},
            by=figures,
            exports=self.export_links(len(found), FIGURES, month=f"{month:%Y-%m}"),
        )

    def _month(self, text: str) -> date:
        """The running month unless another is asked for. Raises Invalid."""
        try:
            asked = datetime.strptime(text, "%Y-%m").date() if text else None  # noqa: DTZ007
        except ValueError:
            raise Invalid(fields={"month": "请选择月份"}) from None
        return asked or self.ctx.today(self.zone)

    def _months(self) -> dict[str, str]:
        today = self.ctx.today(self.zone)
        counted = [divmod(today.year * 12 + today.month - 1 - n, 12) for n in range(MONTHS)]
        return {
            f"{year}-{month + 1:02}": self.translate(
                "%(year)s 年 %(month)s 月", year=year, month=month + 1
            )
            for year, month in counted
        }

    async def _export(self, month: date, found: list[Alert]) -> None:
        rows = [critical_log.row(one, self.zone, self.translate) for one in found]
        await self.export(f"critical-{month:%Y-%m}", critical_log.HEADS, rows)
