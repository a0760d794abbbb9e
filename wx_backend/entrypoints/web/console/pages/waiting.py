"""The waiting list of a day: who waits, which offers are out, what became of the others."""

from collections import Counter

from booking.schedules.model import SESSIONS
from booking.waiting import service as waiting
from booking.waiting.model import Entry
from wx_backend.base.handler import staff
from wx_backend.directory.departments import service as departments
from wx_backend.entrypoints.web.console.pages.today import DayPage

PATH = "/console/waiting"
STATES = {
    "WAITING": "候补中",
    "ASKING": "正在确认号源",
    "OFFERED": "有号待取",
    "TAKEN": "候补成功",
    "MISSED": "未及时取",
    "LEFT": "已退出",
    "CLEARED": "已截止",
}
TONES = {"WAITING": "", "ASKING": "", "OFFERED": "warn", "TAKEN": "ok"}
SCOPES = {"slot": "该时段", "day": "当天"}


class Waiting(DayPage):
    """``GET ?date=&department=&doctor=&export=``; one call."""

    access = staff("appointments:read")
    here = "waiting"

    async def get(self) -> None:
        day, asked = self.day(), self.asked("doctor")
        people = {one.id: one for one in await departments.doctors(self.ctx)}
        wanted = {unit.id for unit in await self.units()}
        mine = {key: one.name for key, one in people.items() if one.department_id in wanted}
        chosen = [asked] if asked in mine else list(mine)
        rows = await waiting.of_day(self.ctx, chosen, day.isoformat())
        if self.asked("export"):
            await self._export(day.isoformat(), rows)
            return
        await self.show(
            "waiting.html",
            rows=rows,
            counted=Counter(map(standing, rows)),
            states=STATES,
            tones=TONES,
            standing=standing,
            wants=self.wants,
            zone=self.zone,
            day=day.isoformat(),
            days=self.days(),
            department=self.asked("department"),
            departments=await self.unit_names(),
            doctor=asked,
            doctors=mine,
            exports=self.export_links(
                len(rows), PATH, date=day, department=self.asked("department"), doctor=asked
            ),
        )

    def wants(self, one: Entry) -> str:
        """该时段, 上午 or 当天."""
        words = SESSIONS[one.session] if one.scope == "session" else SCOPES[one.scope]
        return self.translate(words)

    async def _export(self, day: str, rows: list[Entry]) -> None:
        heads = (
            "科室",
            "医生",
            "就诊人",
            "等待的号",
            "登记时间",
            "状态",
            "到号时间",
            "序号",
            "取号时限",
        )
        await self.export(
            f"waiting-{day}",
            heads,
            [
                (one.department, one.doctor, one.patient, self.wants(one),
                 self.moment(one.joined_at), self.translate(STATES[standing(one)]),
                 self.moment(one.offered_at), one.serial, self.moment(one.offered_until))
                for one in rows
            ],
        )  # fmt: skip


def standing(one: Entry) -> str:
    """Its state, or ASKING: who owns the number that was found has not given it yet."""
    return "ASKING" if one.state == "OFFERED" and one.asking else one.state
