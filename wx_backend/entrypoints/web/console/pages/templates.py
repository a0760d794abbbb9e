"""Weekly templates: the list, making one and its next version, and what generation would do."""

from datetime import date, timedelta

import msgspec

from booking.schedules.model import POOLS, SESSIONS
from booking.timetables import service as timetables
from booking.timetables.model import CLINIC_TYPES, PoolRule, Template, TemplateForm
from wx_backend.base.errors import AppError, Invalid, NotFound
from wx_backend.base.forms import Form
from wx_backend.base.handler import staff
from wx_backend.directory.departments import service as departments
from wx_backend.directory.settings import service as parameters
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage

PATH = "/console/templates"
WEEK = dict(zip("0123456", ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), strict=True))
MOST = 200
"""Rows of a preview."""


class Fields(Form):
    """The form as a browser sends it: pools lie flat, a share of 0 is none."""

    doctor_id: str = ""
    weekday: int = 0
    session: str = "AM"
    begins: str = "08:00"
    ends: str = "11:30"
    room: str = ""
    clinic_type: str = "ordinary"
    slot_minutes: int = 30
    capacity: int = 5
    effective_from: str = ""
    until: str = ""
    holidays: bool = False
    version: int = 0
    referral_percent: int = 0
    referral_days: int = 1
    referral_time: str = "17:00"
    onsite_percent: int = 0
    onsite_days: int = 0
    onsite_time: str = "12:00"
    revisit_percent: int = 0
    revisit_days: int = 1
    revisit_time: str = "17:00"

    def template(self) -> TemplateForm:
        """Raises Invalid."""
        names = TemplateForm.__struct_fields__
        given = {name: getattr(self, name) for name in names if name != "pools"}
        pools = tuple(
            PoolRule(
                name,
                getattr(self, f"{name}_percent"),
                getattr(self, f"{name}_days"),
                getattr(self, f"{name}_time"),
            )
            for name in POOLS
            if getattr(self, f"{name}_percent")
        )
        try:
            return msgspec.convert({**given, "pools": pools}, TemplateForm, from_attributes=True)
        except msgspec.ValidationError as error:
            field = str(error).rpartition("$.")[2].rstrip("`")
            raise Invalid(fields={field or "doctor_id": "请检查这一项"}) from None


def fields_of(one: Template) -> Fields:
    """A template as its form shows it."""
    names = set(Fields.__struct_fields__) & set(Template.__struct_fields__)
    given = {name: getattr(one, name) for name in names}
    for rule in one.pools:
        given |= {
            f"{rule.name}_percent": rule.percent,
            f"{rule.name}_days": rule.return_days,
            f"{rule.name}_time": rule.return_time,
        }
    return Fields(**given)


class TemplatePage(ConsolePage):
    here = "templates"
    access = staff("schedules:change")

    async def doctors(self) -> dict[str, str]:
        units = {one.id: one.name for one in await departments.departments(self.ctx)}
        return {
            one.id: f"{units.get(one.department_id, '')} {one.name} {one.title}"
            for one in await departments.doctors(self.ctx)
        }


class Templates(TemplatePage):
    """``GET ?department=``: the newest version of every template; one call."""

    async def get(self) -> None:
        units = {one.id: one.name for one in await departments.departments(self.ctx)}
        unit = self.asked("department")
        doctors = {one.id: one.name for one in await departments.doctors(self.ctx)}
        rows = [
            one
            for one in await timetables.templates(self.ctx)
            if unit in ("", one.department_id) and one.doctor_id in doctors
        ]
        order = list(SESSIONS)
        rows.sort(key=lambda one: (one.doctor_id, one.weekday, order.index(one.session)))
        await self.show(
            "templates.html",
            rows=rows,
            units=units,
            unit=unit,
            doctors=doctors,
            week=WEEK,
            sessions=SESSIONS,
            types=CLINIC_TYPES,
            pools=POOLS,
            today=self.ctx.today(self.zone).isoformat(),
        )


class NewTemplate(TemplatePage):
    """``GET``: an empty form; ``POST``: the first version of a template."""

    async def get(self) -> None:
        minutes = int(await parameters.resolve(self.ctx, "booking.slot_minutes"))
        tomorrow = self.ctx.today(self.zone) + timedelta(days=1)
        await self.ask(Fields(slot_minutes=minutes, effective_from=tomorrow.isoformat()))

    async def post(self) -> None:
        typed = self.form(Fields)
        try:
            made = await timetables.add_template(self.ctx, typed.template())
        except AppError as error:
            await self.ask(typed, error)
            return
        self.say("模板已建立，请核对将生成的号源", self.address(f"{PATH}/preview", line=made.line))

    async def ask(self, typed: Fields, error: AppError | None = None, line: str = "") -> None:
        known = await timetables.versions(self.ctx, line) if line else []
        await self.show(
            "template.html",
            error.status if error else 200,
            error=error.message if error else "",
            fields=error.data.get("fields", {}) if error else {},
            typed=typed,
            line=line,
            known=known,
            doctors=await self.doctors(),
            week=WEEK,
            sessions=SESSIONS,
            types=CLINIC_TYPES,
            pools=POOLS,
            share=await parameters.resolve(self.ctx, "booking.referral_share"),
            zone=self.zone,
        )


class OneTemplate(NewTemplate):
    """``GET``: a template and its versions; ``POST``: the next version."""

    async def get(self, line: str) -> None:
        newest = (await timetables.versions(self.ctx, line))[-1]
        await self.ask(fields_of(newest), line=line)

    async def post(self, line: str) -> None:
        typed = self.form(Fields)
        try:
            await timetables.change_template(self.ctx, line, typed.version, typed.template())
        except NotFound:
            raise
        except AppError as error:
            await self.ask(typed, error, line)
            return
        self.say("新版本已保存，请核对将调整的号源", self.address(f"{PATH}/preview", line=line))


class Preview(TemplatePage):
    """``GET ?line=&until=&redo=``: what generation would make, change and keep; nothing is changed.

    ``redo=1``: also what is there already, by the prices, windows and pools of now.
    """

    async def get(self) -> None:
        await self.show_preview()

    async def show_preview(self, error: AppError | None = None) -> None:
        line, first = await self.line(), self.ctx.today(self.zone)
        last = self.until(await timetables.horizon(self.ctx))
        seen = await timetables.outlook(self.ctx, first, last, line, self.redo)
        names = {one.id: one.name for one in await departments.doctors(self.ctx)}
        await self.show(
            "preview.html",
            error.status if error else 200,
            error=error.message if error else "",
            seen=seen,
            rows=seen.differences[:MOST],
            more=max(0, len(seen.differences) - MOST),
            line=line,
            redo=self.redo,
            first=first,
            until=last.isoformat(),
            doctors=names,
            sessions=SESSIONS,
            week=WEEK,
            days=[
                one
                for one in await timetables.days(self.ctx, first, last)
                if one.holiday or not one.known or one.decided
            ],
        )

    @property
    def redo(self) -> bool:
        return self.get_argument("redo", "") == "1"

    async def line(self) -> str:
        """The template that was asked about; empty for all. Raises NotFound."""
        line = self.get_argument("line", "")
        return (await timetables.versions(self.ctx, line))[-1].line if line else ""

    def until(self, otherwise: date) -> date:
        """Raises Invalid."""
        text = self.get_argument("until", "")
        try:
            return date.fromisoformat(text) if text else otherwise
        except ValueError:
            raise Invalid(fields={"until": "请填写日期，例如 2026-12-31"}) from None


class DecideDay(TemplatePage):
    """``POST date= kind=ORDINARY|HOLIDAY weekday=``: what a date is, decided by a person."""

    async def get(self) -> None:
        self.go(f"{PATH}/preview")

    async def post(self) -> None:
        on, weekday = self.get_body_argument("date", ""), self.get_body_argument("weekday", "")
        if weekday not in WEEK:
            raise Invalid(fields={"weekday": "请从给出的选项中选择"})
        kind = self.get_body_argument("kind", "")
        await timetables.decide_day(self.ctx, on, kind, int(weekday))
        self.say(self.translate("%(day)s 已确认，下次生成时生效", day=on), f"{PATH}/preview")
