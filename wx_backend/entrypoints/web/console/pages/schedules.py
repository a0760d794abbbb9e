"""The calendar of clinics: a department's week, one session with everything one may do about it."""

from collections import Counter
from datetime import date, timedelta

import msgspec

from booking.appointments import service as appointments
from booking.schedules import service as slots
from booking.schedules.model import POOLS, SESSIONS, Slot
from booking.timetables import service as timetables
from booking.timetables.model import DeviationForm, Planned, Schedule
from wx_backend.base.errors import AppError, Invalid, NotFound
from wx_backend.base.handler import staff
from wx_backend.directory.departments import service as departments
from wx_backend.entrypoints.web.console.pages.act import Act
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.entrypoints.web.console.pages.templates import WEEK as WEEKDAYS
from wx_backend.identity.staff import service as members

PATH = "/console/schedules"
WEEK = timedelta(days=7)
STATES = {"OPEN": "出诊", "CLOSED": "停诊", "WAITING": "待确认", "WITHDRAWN": "撤下"}
SLOT_STATES = {"OPEN": "开放", "CLOSED": "停诊", "WITHDRAWN": "撤下"}
TONES = {"OPEN": "ok", "CLOSED": "danger", "WAITING": "warn", "WITHDRAWN": "mute"}
MISFITS = {"closed": "已停诊", "number": "号已取消", "time": "时间已变", "place": "医生或诊室已变"}


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One session in the week. ``href`` is empty while its numbers have not been made."""

    state: str
    session: str
    hours: str
    room: str
    href: str
    taken: int
    places: int
    changed: bool


class SchedulePage(ConsolePage):
    here = "schedules"
    access = staff("schedules:read")

    def monday(self) -> date:
        """Of the week of ``?week=2026-11-24``, else of today. Raises Invalid."""
        text = self.asked("week")
        try:
            day = date.fromisoformat(text) if text else self.ctx.today(self.zone)
        except ValueError:
            raise Invalid(fields={"week": "请填写日期，例如 2026-11-24"}) from None
        return day - timedelta(days=day.weekday())


class Schedules(SchedulePage):
    """``GET ?department=&doctor=&week=``: who sits where in a week; seven calls."""

    async def get(self) -> None:
        units = {one.id: one.name for one in await departments.departments(self.ctx)}
        unit = self.asked("department")
        unit = unit if unit in units else next(iter(units), "")
        doctors = {one.id: one for one in await departments.doctors(self.ctx, unit)}
        only, monday = self.asked("doctor"), self.monday()
        last = monday + WEEK - timedelta(days=1)
        plans = [
            one
            for one in await timetables.planned(self.ctx, monday, last)
            if one.template.department_id == unit and only in ("", one.doctor_id)
        ]
        rows = await self._rows(plans, monday)
        names = {key: one.name for key, one in doctors.items()}
        query = {"department": unit, "doctor": only}
        await self.show(
            "schedules.html",
            units=units,
            unit=unit,
            doctors=names,
            doctor=only,
            titles={key: one.title for key, one in doctors.items()},
            rows={key: rows[key] for key in names if key in rows},
            week=monday.isoformat(),
            days=await timetables.days(self.ctx, monday, last),
            weekdays=WEEKDAYS,
            today=self.ctx.today(self.zone),
            states=STATES,
            tones=TONES,
            before=self.address(PATH, week=monday - WEEK, **query),
            current=self.address(PATH, **query),
            after=self.address(PATH, week=monday + WEEK, **query),
            changes=self.may("schedules:change"),
        )

    async def _rows(self, plans: list[Planned], monday: date) -> dict[str, list[list[Cell]]]:
        """By doctor, for each day of the week, its sessions."""
        made = {one.id for one in await timetables.schedules(self.ctx, monday, monday + WEEK)}
        by_schedule: dict[str, list[Slot]] = {}
        for slot in await slots.of_schedules(self.ctx, [one.schedule for one in plans]):
            by_schedule.setdefault(slot.schedule, []).append(slot)
        keys = [slot.id for found in by_schedule.values() for slot in found]
        taken = Counter(one.slot for one in await appointments.seated_in(self.ctx, keys))
        rows: dict[str, list[list[Cell]]] = {}
        for one in sorted(plans, key=lambda one: one.hours):
            row = rows.setdefault(one.doctor_id, [[] for _ in range(7)])
            mine = by_schedule.get(one.schedule, [])
            usual = one.template
            row[(one.day.date - monday).days].append(
                Cell(
                    state=one.state,
                    session=SESSIONS[usual.session],
                    hours="–".join(one.hours),
                    room=(one.deviation and one.deviation.room) or usual.room,
                    href=f"{PATH}/{one.schedule}" if one.schedule in made else "",
                    taken=sum(taken[slot.id] for slot in mine),
                    places=sum(slot.places for slot in mine if slot.state == "OPEN"),
                    changed=one.firm and one.state == "OPEN",
                )
            )
        return rows


class OneSchedule(SchedulePage):
    """``GET``: one session: its slots, pools, extra numbers, and who no longer fits; ten calls."""

    async def get(self, key: str) -> None:
        await self.show_one(key)

    async def show_one(self, key: str, error: AppError | None = None) -> None:
        found = await timetables.schedule(self.ctx, key)
        day = date.fromisoformat(found.date)
        mine = await slots.of_schedules(self.ctx, [key])
        taken = Counter(
            one.slot for one in await appointments.seated_in(self.ctx, [one.id for one in mine])
        )
        changed = await timetables.deviations(self.ctx, day, day)
        usual = (await timetables.versions(self.ctx, found.line))[-1]
        extras = await timetables.extras(self.ctx, [key])
        givers = {one.given_by.removeprefix("staff:") for one in extras}
        colleagues = await departments.doctors(self.ctx, found.department_id)
        names = {one.id: one.name for one in colleagues}
        begun = self.ctx.now()
        await self.show(
            "schedule.html",
            error.status if error else 200,
            error=error.message if error else "",
            fields=error.data.get("fields", {}) if error else {},
            one=found,
            day=day,
            unit=(await departments.department(self.ctx, found.department_id)).name,
            doctor=names.get(found.doctor_id, ""),
            doctors={key: name for key, name in names.items() if key != found.doctor_id},
            session=SESSIONS[found.session],
            states=STATES,
            tones=TONES,
            slot_states=SLOT_STATES,
            slots=mine,
            taken=taken,
            pools=POOLS,
            usual=usual,
            deviation=next((one for one in changed if one.line == found.line), None),
            extras=extras,
            slot_times={one.id: one.starts_at for one in mine},
            open_slots=[one for one in mine if one.state == "OPEN" and one.starts_at > begun],
            givers=await members.members(self.ctx, givers) if givers else {},
            misfits=await timetables.misfits(self.ctx, key),
            misfit_words=MISFITS,
            zone=self.zone,
            back=self.address(PATH, department=found.department_id, week=found.date),
            changes=self.may("schedules:change"),
        )


class _Act(Act, OneSchedule):
    access = staff("schedules:change")
    path = PATH

    async def act(self, key: str) -> str:
        return await self.change(await timetables.schedule(self.ctx, key))

    async def change(self, one: Schedule) -> str:
        raise NotFound


class Deviate(_Act):
    """``POST action=close|change|lift reason= …``: this date is unlike the template, at once."""

    async def change(self, one: Schedule) -> str:
        fields = {
            name: self.get_body_argument(name, "").strip()
            for name in ("action", "reason", "begins", "ends", "room", "doctor_id")
        }
        capacity = self.get_body_argument("capacity", "") or "0"
        if not capacity.isdigit() or int(capacity) > 99:
            raise Invalid(fields={"capacity": "请填写 1 到 99 的整数"})
        if not 2 <= len(fields["reason"]) <= 100:
            raise Invalid(fields={"reason": "请写明原因（2 至 100 字）"})
        form = DeviationForm(**fields, capacity=int(capacity))
        done = await timetables.deviate(self.ctx, one.line, one.date, self.sent_version(), form)
        return self.translate(
            "已生效：新增 %(new)s 个、调整 %(changed)s 个时段",
            new=done.count("new"),
            changed=done.count("changed"),
        )


class Redo(_Act):
    """``POST``: slots that were kept for those who had booked are compared with the plan again."""

    async def change(self, one: Schedule) -> str:
        day = date.fromisoformat(one.date)
        done = await timetables.generate(self.ctx, day, day, one.line, redo=True)
        return self.translate(
            "已调整 %(changed)s 个时段，%(kept)s 个仍有预约，未调整",
            changed=done.count("changed"),
            kept=done.count("kept"),
        )


class GiveExtra(_Act):
    """``POST slot= id_no= reason=``: a number beyond the capacity for one patient."""

    async def change(self, one: Schedule) -> str:
        slot = self.get_body_argument("slot", "")
        card, reason = self.get_body_argument("id_no", ""), self.get_body_argument("reason", "")
        given = await timetables.give_extra(self.ctx, slot, card, reason)
        return self.translate("已为 %(name)s 加号，请患者自行预约该时段", name=given.patient)
