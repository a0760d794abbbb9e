"""Reconciliation: a month of days, a day's differences, one difference and its repair."""

from datetime import date, datetime, timedelta

from booking.payments import service as payments
from booking.payments.model import Standing
from booking.reconciliation import service
from booking.reconciliation.model import Difference, RepairForm, Run, line_of
from wx_backend.base.errors import AppError, Invalid, NotFound
from wx_backend.base.handler import staff
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints.web.console import reconciled as words
from wx_backend.entrypoints.web.console import reconciled_sheets as sheets
from wx_backend.entrypoints.web.console.pages.act import Act
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.staff import service as members

PATH = "/console/reconciliation"
DIFFERENCES = f"{PATH}/differences"
DAY = r"(20\d\d-\d\d-\d\d)"
MONTH = r"(20\d\d-\d\d)"


class _Page(ConsolePage):
    here = "reconciliation"

    async def names(self, keys: set[str]) -> dict[str, str]:
        """Of members who did something."""
        known = await members.members(self.ctx, keys) if keys else {}
        return {key: one.name for key, one in known.items()}

    def day(self, text: str) -> date:
        """Raises NotFound: there is no such day."""
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise NotFound from None


class Reconciliation(_Page):
    """``GET ?month=2026-11 export=``: the days of a month; three calls."""

    access = staff("reconciliation:read")

    async def get(self) -> None:
        if self.asked("export"):
            await self._export(self._month(self.asked("month"), self.ctx.today(self.zone)))
            return
        await self.show_one("")

    async def show_one(self, key: str, error: AppError | None = None) -> None:
        """``key`` as 2026-11; the running month without."""
        today = self.ctx.today(self.zone)
        month = self._month(key or self.asked("month"), today)
        runs = await service.runs(self.ctx, f"{month:%Y-%m}")
        closed = await service.month(self.ctx, f"{month:%Y-%m}")
        weeks = words.weeks(month, runs, today)
        last = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
        await self.show(
            "reconciliation.html",
            error.status if error else 200,
            error=error.message if error else "",
            month=month,
            before=f"{month - timedelta(days=1):%Y-%m}",
            after=f"{last:%Y-%m}",
            weeks=weeks,
            runs=runs,
            closed=closed,
            names=await self.names({closed.closed_by}) if closed else {},
            exports=self.export_links(1, PATH, month=f"{month:%Y-%m}") if runs else [],
            sums=words.total(one for run in runs for one in run.theirs.values()),
            income=words.income_chart(month, runs, self.translate),
            differing=words.difference_chart(month, runs, self.translate),
            complete=all(
                cell.run is not None and cell.run.state == "CLOSED"
                for week in weeks
                for cell in week
                if cell.inside
            ),
            at=await parameters.resolve(self.ctx, "payments.reconciled_at"),
            words=words,
            path=PATH,
            zone=self.zone,
            repairs=self.may("reconciliation:repair"),
            reopens=self.may("reconciliation:reopen"),
        )

    async def _export(self, month: date) -> None:
        """A line for each day and book."""
        runs = await service.runs(self.ctx, f"{month:%Y-%m}")
        names = await self.names({run.closed_by for run in runs} - {""})
        lines = sheets.of_month(runs, names, self.translate)
        await self.export(f"reconciliation-{month:%Y-%m}", sheets.MONTH, lines)

    def _month(self, text: str, today: date) -> date:
        """Raises Invalid."""
        try:
            asked = datetime.strptime(text, "%Y-%m").date() if text else today  # noqa: DTZ007
        except ValueError:
            raise Invalid(fields={"month": "请选择月份"}) from None
        return asked.replace(day=1)


class Day(_Page):
    """``GET ?export=``: what a day's run says, and its differences; three calls."""

    access = staff("reconciliation:read")

    async def get(self, text: str) -> None:
        if self.asked("export"):
            await self._export(self.day(text))
            return
        await self.show_one(text)

    async def show_one(self, text: str, error: AppError | None = None) -> None:
        day = self.day(text)
        run, found = await self._run(day), await service.differences(self.ctx, day)
        deeds = words.deeds(run, found, self.translate) if run else []
        people = {deed.by for deed in deeds} | ({run.by, run.closed_by} if run else set())
        await self.show(
            "reconciled_day.html",
            error.status if error else 200,
            error=error.message if error else "",
            day=day,
            run=run,
            rows=words.rows(run) if run else [],
            kinds=words.by_kind(found),
            exports=self.export_links(len(found), f"{PATH}/{text}") if found else [],
            deeds=deeds,
            names=await self.names(people - {""}),
            may=day < self.ctx.today(self.zone),
            words=words,
            path=PATH,
            zone=self.zone,
            repairs=self.may("reconciliation:repair"),
            reopens=self.may("reconciliation:reopen"),
        )

    async def _run(self, day: date) -> Run | None:
        try:
            return await service.run(self.ctx, day)
        except NotFound:
            return None

    async def _export(self, day: date) -> None:
        found = await service.differences(self.ctx, day)
        names = await self.names({act.by for one in found for act in one.repairs})
        lines = sheets.of_day(found, names, self.moment, self.translate)
        await self.export(f"reconciliation-{day}", sheets.DAY, lines)


class _DayAct(Act, Day):
    access = staff("reconciliation:repair")
    path = PATH


class RunDay(_DayAct):
    """``POST``: the day is reconciled, again if it was before."""

    async def act(self, text: str) -> str:
        await service.ask(self.ctx, self.day(text))
        return "已开始对账"


class CancelDay(_DayAct):
    """``POST``: a run that waits or is under way stops."""

    async def act(self, text: str) -> str:
        await service.cancel(self.ctx, self.day(text))
        return "对账已取消"


class CloseDay(_DayAct):
    """``POST``: nothing is open; the day stays as it is."""

    async def act(self, text: str) -> str:
        await service.close_day(self.ctx, self.day(text))
        return "已日结"


class ReopenDay(_DayAct):
    """``POST why=``: a closed day may be run and repaired again."""

    access = staff("reconciliation:reopen")

    async def act(self, text: str) -> str:
        await service.reopen_day(self.ctx, self.day(text), self.get_body_argument("why", ""))
        return "已反结账"


class _MonthAct(Act, Reconciliation):
    access = staff("reconciliation:repair")

    async def get(self, key: str) -> None:
        self.go(self.address(PATH, month=key))

    def say(self, said: str, path: str) -> None:
        super().say(said, self.address(PATH, month=path.rsplit("/", 1)[-1]))


class CloseMonth(_MonthAct):
    """``POST``: all its days are closed."""

    async def act(self, key: str) -> str:
        await service.close_month(self.ctx, key)
        return "已月结"


class ReopenMonth(_MonthAct):
    """``POST why=``: days of it may be opened again."""

    access = staff("reconciliation:reopen")

    async def act(self, key: str) -> str:
        await service.reopen_month(self.ctx, key, self.get_body_argument("why", ""))
        return "已反月结"


class OneDifference(_Page):
    """``GET``: three sides next to each other, what was done, what may be; three calls."""

    access = staff("reconciliation:read")

    async def get(self, key: str) -> None:
        await self.show_one(key)

    async def show_one(self, key: str, error: AppError | None = None) -> None:
        one = await service.difference(self.ctx, key)
        known: dict[str, Standing] = await payments.standings(self.ctx, [one.no])
        listed = await service.differences(self.ctx, one.on)
        other = next((d for d in listed if d.no == one.no and d.side != one.side), None)
        run = await service.run(self.ctx, one.on)
        await self.show(
            "difference.html",
            error.status if error else 200,
            error=error.message if error else "",
            one=one,
            sides=self._sides(one, other, known.get(one.no), has_his=run.his is not None),
            closed=run.state == "CLOSED",
            names=await self.names({act.by for act in one.repairs}),
            words=words,
            path=PATH,
            zone=self.zone,
            orders=self.may("orders:read"),
            repairs=self.may("reconciliation:repair"),
        )

    def _sides(
        self, one: Difference, other: Difference | None, known: Standing | None, has_his: bool
    ) -> list[tuple]:
        """(who, their line, whether it is the one that differs); a side that agrees has ours, and
        ours is what it is by now.
        """
        there = words.PLATFORMS.get(one.platform, "平台")
        lines = {one.side: one.theirs, **({other.side: other.theirs} if other else {})}
        ours = one.ours or (other.ours if other else None)
        names = {"platform": there, "ours": "本院订单", **({"his": "医院系统"} if has_his else {})}
        now = line_of(known.move) if known and known.move else ours
        differ = {one.side, other.side if other else one.side}
        return [
            (label, now if side == "ours" else lines.get(side, ours), side in differ)
            for side, label in names.items()
        ]


class RepairIt(Act, OneDifference):
    """``POST action= version= why=``: a remedy, or why there is none."""

    access = staff("reconciliation:repair")
    path = DIFFERENCES

    async def act(self, key: str) -> str:
        done = await service.repair(self.ctx, key, self.form(RepairForm))
        return words.OUTCOMES.get(done.repairs[-1].outcome, "已处理")
