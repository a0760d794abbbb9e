"""Appointments looked for: by day, place, state and person. What is asked travels in the body, so
that no address or log keeps a name or number.
"""

from booking.appointments import service as appointments
from booking.appointments.model import LIFE, Appointment, Wanted
from wx_backend.base.errors import AppError
from wx_backend.base.handler import staff
from wx_backend.base.render import hour
from wx_backend.directory.departments import service as departments
from wx_backend.entrypoints.web.console import exports
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage

PATH = "/console/bookings"
EACH = 50
STATES = {
    "HELD": "待支付",
    "BOOKED": "已预约",
    "CHECKED_IN": "已报到",
    "IN_VISIT": "就诊中",
    "DONE": "已就诊",
    "EXPIRED": "超时未支付",
    "CANCELLED": "已取消",
    "NO_SHOW": "爽约",
    "RESCHEDULED": "已改约",
    "STOPPED": "停诊",
}
TONES = {"HELD": "warn", "BOOKED": "ok", "CHECKED_IN": "ok", "STOPPED": "danger"}
FIELDS = ("first", "last", "department", "doctor", "state", "name", "who")


class Bookings(ConsolePage):
    """``GET`` shows today's; ``POST first= last= department= doctor= state= name= who= page=``
    searches; with ``export=`` the answer is a file. Up to six calls.
    """

    access = staff("appointments:read")
    here = "bookings"

    async def get(self) -> None:
        today = self.ctx.today(self.zone).isoformat()
        await self._list({**dict.fromkeys(FIELDS, ""), "first": today, "last": today}, 1)

    async def post(self) -> None:
        asked = {name: self.get_body_argument(name, "").strip()[:40] for name in FIELDS}
        if self.get_body_argument("export", ""):
            await self._export(asked)
            return
        number = self.get_body_argument("page", "1")
        await self._list(asked, int(number) if number.isdigit() else 1)

    async def _list(self, asked: dict[str, str], page: int) -> None:
        page, wrong, found, total = min(max(page, 1), 1000), {}, [], 0
        try:
            found, total = await appointments.search(
                self.ctx, self._wanted(asked), EACH, (page - 1) * EACH
            )
        except AppError as refused:
            if not refused.data.get("fields"):
                raise
            wrong = refused.data["fields"]
        await self.show(
            "bookings.html",
            422 if wrong else 200,
            rows=found,
            total=total,
            page=page,
            pages=max(1, -(-total // EACH)),
            wrong=self.listed(wrong),
            path=PATH,
            departments={unit.id: unit.name for unit in await departments.departments(self.ctx)},
            states=STATES,
            tones=TONES,
            parts=exports.parts(total),
            asked=asked,
        )

    @staticmethod
    def _wanted(asked: dict[str, str]) -> Wanted:
        state = asked["state"] if asked["state"] in LIFE.states else ""
        return Wanted(**{**asked, "state": state})

    async def _export(self, asked: dict[str, str]) -> None:
        part = self.get_body_argument("export")
        skip = (int(part) - 1) * exports.MOST if part.isdigit() and int(part) else 0
        found, _ = await appointments.search(self.ctx, self._wanted(asked), exports.MOST, skip)
        heads = ("日期", "时间", "科室", "医生", "序号", "就诊人", "状态", "费用（元）", "预约编号")
        rows = [self._row(one) for one in found]
        await self.send_file(f"bookings-{asked['first'] or 'person'}", heads, rows)

    def _row(self, one: Appointment) -> tuple[object, ...]:
        return (
            one.visit_date, hour(one.starts_at, one.zone), one.department, one.doctor, one.serial,
            one.patient, self.translate(STATES.get(one.state, one.state)),
            exports.money(one.fee_fen), one.id,
        )  # fmt: skip
