"""Duty rosters by week: who is on duty now, planning, swapping, cancelling."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from wx_backend.base.clock import local_date, local_midnight
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.rosters import service as rosters
from wx_backend.identity.rosters.model import (
    DUTIES,
    HOSPITAL,
    HOSPITAL_WIDE,
    Duty,
    DutyForm,
    OnDuty,
)
from wx_backend.identity.staff import service as members
from wx_backend.identity.staff.model import Member

PATH = "/console/rosters"
WEEK = timedelta(days=7)


class RosterPage(ConsolePage):
    here = "rosters"
    access = staff("rosters:read")

    def week(self, text: str) -> date:
        """The Monday of the week of ``2026-11-24``, else of today. Raises Invalid."""
        try:
            day = date.fromisoformat(text) if text else self.ctx.today(self.zone)
        except ValueError:
            raise Invalid(fields={"week": "请填写日期，例如 2026-11-24"}) from None
        return day - timedelta(days=day.weekday())

    def back(self, place: str, week: str, words: str) -> None:
        self.say(words, self.address(PATH, place=place, week=week))


class Rosters(RosterPage):
    """``GET ?place=&week=``: one place's week, and who is on duty there now."""

    async def get(self) -> None:
        await self.show_week(self.asked("place"), self.asked("week"))

    async def show_week(self, place: str, week: str, error: AppError | None = None) -> None:
        places = await rosters.places(self.ctx)
        places = {**places, HOSPITAL: self.translate(places[HOSPITAL])}
        place = place if place in places else HOSPITAL
        monday = self.week(week)
        starts, ends = (
            local_midnight(monday, self.zone),
            local_midnight(monday + WEEK, self.zone),
        )
        planned = await rosters.planned(self.ctx, place, starts, ends)
        duties = {key: name for key, name in DUTIES.items() if self._has(place, key)}
        now_on = await self._now_on(place, duties)
        people = (await members.search(self.ctx, state="ACTIVE", limit=500)).items
        known = {one.id: one for one in people}
        named = {one.member for one in planned} | {m for on in now_on.values() for m in on.members}
        known |= await members.members(self.ctx, named - known.keys())
        now = self.ctx.now()
        today = local_date(now, self.zone)
        await self.show(
            "rosters.html",
            error.status if error else 200,
            error=error.message if error else "",
            fields=error.data.get("fields", {}) if error else {},
            place=place,
            places=places,
            duties=duties,
            now_on=now_on,
            start_day=max(monday, min(today, monday + WEEK - timedelta(days=1))).isoformat(),
            names=DUTIES,
            week=monday.isoformat(),
            before=self.address(PATH, place=place, week=monday - WEEK),
            after=self.address(PATH, place=place, week=monday + WEEK),
            today=today,
            grid=self._grid(monday, planned),
            planned=planned,
            days=[monday + timedelta(days=n) for n in range(7)],
            members=known,
            people={one.id: self._called(one) for one in people},
            now_at=now,
            zone=self.zone,
            changes=self.may("rosters:change"),
        )

    async def _now_on(self, place: str, duties: Iterable[str]) -> dict[str, OnDuty]:
        """Who would be called now, by duty; two calls each."""
        kind, _, key = place.partition(":")
        around = {"ward": {"ward": key}, "department": {"department_id": key}}.get(kind, {})
        chain = await rosters.chain(self.ctx, **around)
        return {duty: await rosters.who(self.ctx, duty, chain) for duty in duties}

    @staticmethod
    def _has(place: str, duty: str) -> bool:
        return (place == HOSPITAL) == (duty in HOSPITAL_WIDE)

    def _called(self, one: Member) -> str:
        name = f"{one.name} {one.title}".strip()
        return self.translate("%(name)s（%(number)s）", name=name, number=one.number)

    def _grid(self, monday: date, planned: list[Duty]) -> dict[str, list[list[tuple[Duty, bool]]]]:
        """By duty: for each day of the week the stretches that touch it, and whether they begin."""
        grid: dict[str, list[list[tuple[Duty, bool]]]] = {}
        for one in planned:
            row = grid.setdefault(one.duty, [[] for _ in range(7)])
            first = (local_date(one.starts_at, self.zone) - monday).days
            last = (local_date(one.ends_at - timedelta(milliseconds=1), self.zone) - monday).days
            for n in range(max(0, first), min(6, last) + 1):
                row[n].append((one, n == first))
        return grid


class Plan(Rosters):
    """``POST``: puts somebody on duty."""

    access = staff("rosters:change")

    async def get(self) -> None:
        self.go(PATH)

    async def post(self) -> None:
        place, week = self.get_body_argument("place", ""), self.get_body_argument("week", "")
        try:
            await rosters.plan(self.ctx, self._form(place))
        except AppError as error:
            await self.show_week(place, week, error)
            return
        self.back(place, week, "已排班")

    def _form(self, place: str) -> DutyForm:
        return DutyForm(
            place=place,
            duty=self.get_body_argument("duty", ""),
            member=self.get_body_argument("member", ""),
            starts_at=self._moment("starts_at"),
            ends_at=self._moment("ends_at"),
        )

    def _moment(self, name: str) -> datetime:
        """What ``<input type=datetime-local>`` sends, on the hospital's wall clock."""
        try:
            given = datetime.fromisoformat(self.get_body_argument(name, ""))
        except ValueError:
            raise Invalid(fields={name: "请填写日期和时间"}) from None
        return given.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


class Swap(RosterPage):
    """``POST member=``: somebody else takes the duty over."""

    access = staff("rosters:change")

    async def post(self, duty_id: str) -> None:
        member, version = self.get_body_argument("member", ""), self.sent_version()
        duty = await rosters.swap(self.ctx, duty_id, version, member)
        self.back(duty.place, self.get_body_argument("week", ""), "已换班")


class Cancel(RosterPage):
    """``POST``: nobody is on this duty any more."""

    access = staff("rosters:change")

    async def post(self, duty_id: str) -> None:
        duty = await rosters.cancel(self.ctx, duty_id, self.sent_version())
        self.back(duty.place, self.get_body_argument("week", ""), "已取消这个班次")
