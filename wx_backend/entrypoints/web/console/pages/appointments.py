"""The bookings of a day, names masked; people are looked for where an address keeps no name."""

from booking.appointments import service as appointments
from booking.appointments.model import Appointment
from booking.schedules import service as schedules
from wx_backend.base.handler import staff
from wx_backend.base.render import hour
from wx_backend.entrypoints.web.console.pages.today import DayPage

STATES = {"HELD": "待支付", "BOOKED": "已预约", "CHECKED_IN": "已报到", "IN_VISIT": "就诊中"}
TONES = {"HELD": "warn", "BOOKED": "ok", "CHECKED_IN": "ok", "IN_VISIT": ""}
EACH = 50


class Appointments(DayPage):
    """``GET ?date=&department=&state=&q=&page=&export=``; one call."""

    access = staff("appointments:read")
    here = "appointments"

    async def get(self) -> None:
        day, page = self.day(), self.asked_page()
        found = await self._found()
        if self.asked("export"):
            await self._export(found)
            return
        asked = {name: self.asked(name) for name in ("department", "state", "q")}
        at = (page - 1) * EACH
        await self.show(
            "appointments.html",
            rows=found[at : at + EACH],
            total=len(found),
            back=self._page(page - 1, **asked) if page > 1 else "",
            onward=self._page(page + 1, **asked) if len(found) > at + EACH else "",
            exports=self.export_links(len(found), "/console/appointments", date=day, **asked),
            day=day.isoformat(),
            days=self.days(),
            departments=await self.unit_names(),
            states=STATES,
            tones=TONES,
            **asked,
        )

    def _page(self, number: int, **asked: str) -> str:
        return self.address("/console/appointments", date=self.day(), page=number, **asked)

    async def _found(self) -> list[Appointment]:
        day, state, words = self.day(), self.asked("state"), self.asked("q")
        slots = [
            offer.slot.id
            for unit in await self.units()
            for offer in schedules.offers_on(self.ctx, unit.id, day).offers
        ]
        return [
            one
            for one in await appointments.seated_in(self.ctx, slots)
            if state in ("", one.state)
            and (not words or words in one.doctor or words in one.serial)
        ]

    async def _export(self, found: list[Appointment]) -> None:
        heads = ("日期", "时间", "科室", "医生", "序号", "就诊人", "状态")
        rows = [
            (one.visit_date, hour(one.starts_at, one.zone), one.department, one.doctor, one.serial,
             one.patient, self.translate(STATES.get(one.state, one.state)))
            for one in found
        ]  # fmt: skip
        await self.export(f"appointments-{self.day()}", heads, rows)
