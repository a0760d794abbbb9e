"""Today's clinics: who sits where, how full they are. From memory, no call of its own."""

from datetime import date, timedelta

import msgspec

from booking.schedules import service as schedules
from booking.schedules.model import SESSIONS, Offer
from wx_backend.base.errors import Invalid
from wx_backend.base.handler import staff
from wx_backend.base.render import hour
from wx_backend.directory.departments import service as departments
from wx_backend.directory.departments.model import Department
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage

FULL, NEARLY = 1.0, 0.8
AHEAD = 14
"""Days that the list of dates offers."""


class Clinic(msgspec.Struct, frozen=True, kw_only=True):
    """One doctor's session on one day, as a row."""

    department: str
    doctor: str
    title: str
    session: str
    hours: str
    room: str
    places: int
    taken: int
    free: int
    stopped: bool
    running: bool

    @property
    def share(self) -> float:
        return self.taken / self.places if self.places else 0.0

    @property
    def tone(self) -> str:
        return "danger" if self.share >= FULL else "warn" if self.share >= NEARLY else ""


def clinic(offers: list[Offer], taken: int, running: bool) -> Clinic:
    """The slots of one session as one row; ``free`` numbers may still be booked."""
    first, last = offers[0].slot, offers[-1].slot
    begins, ends = hour(first.starts_at, first.zone), hour(last.ends_at, last.zone)
    return Clinic(
        department=first.department,
        doctor=first.doctor,
        title=first.title,
        session=SESSIONS[first.session],
        hours=f"{begins}–{ends}",
        room=first.location,
        places=sum(one.slot.places for one in offers),
        taken=taken,
        free=sum(one.free for one in offers),
        stopped=all(one.slot.state != "OPEN" for one in offers),
        running=running,
    )


class DayPage(ConsolePage):
    """What pages about one day share: the day that was asked for, and the departments."""

    def day(self) -> date:
        """``?date=2026-11-24``, else today. Raises Invalid."""
        asked = self.asked("date")
        try:
            return date.fromisoformat(asked) if asked else self.ctx.today(self.zone)
        except ValueError:
            raise Invalid(fields={"date": "请填写日期，例如 2026-11-24"}) from None

    def days(self) -> dict[str, str]:
        """Dates to choose from, with their words."""
        today = self.ctx.today(self.zone)
        dates = [today + timedelta(days=n) for n in range(AHEAD + 1)]
        return {one.isoformat(): self.dates["dated"](one) for one in dates}

    async def units(self) -> list[Department]:
        """The departments asked for: one, or all."""
        asked = self.asked("department")
        everything = await departments.departments(self.ctx)
        return [unit for unit in everything if asked in ("", unit.id)]

    async def unit_names(self) -> dict[str, str]:
        return {unit.id: unit.name for unit in await departments.departments(self.ctx)}


class Today(DayPage):
    """``GET ?date=&department=&export=``"""

    access = staff("schedules:read")
    here = "today"

    async def get(self) -> None:
        day = self.day()
        rows = self._clinics(await self.units(), day)
        if self.asked("export"):
            await self._export(day, rows)
            return
        places, taken = sum(one.places for one in rows), sum(one.taken for one in rows)
        await self.show(
            "today.html",
            rows=rows,
            places=places,
            taken=taken,
            free=sum(one.free for one in rows),
            full=sum(one.share >= FULL and not one.stopped for one in rows),
            running=sum(one.running for one in rows),
            day=day.isoformat(),
            days=self.days(),
            department=self.asked("department"),
            departments=await self.unit_names(),
            exports=self.export_links(
                len(rows), "/console/today", date=day, department=self.asked("department")
            ),
        )

    def _clinics(self, units: list[Department], day: date) -> list[Clinic]:
        now = self.ctx.now()
        rows = []
        for unit in units:
            sessions: dict[tuple[str, str], list[Offer]] = {}
            for offer in schedules.offers_on(self.ctx, unit.id, day).offers:
                sessions.setdefault((offer.slot.doctor_id, offer.slot.session), []).append(offer)
            for offers in sessions.values():
                running = offers[0].slot.starts_at <= now < offers[-1].slot.ends_at
                taken = sum(schedules.taken(self.ctx, one.slot) for one in offers)
                rows.append(clinic(offers, taken, running))
        return rows

    async def _export(self, day: date, rows: list[Clinic]) -> None:
        heads = ("科室", "医生", "职称", "午别", "时间", "诊室", "号源", "已约", "余号")
        await self.export(
            f"clinics-{day}",
            heads,
            [
                (r.department, r.doctor, r.title, self.translate(r.session), r.hours, r.room,
                 r.places, r.taken, r.free)
                for r in rows
            ],
        )  # fmt: skip
