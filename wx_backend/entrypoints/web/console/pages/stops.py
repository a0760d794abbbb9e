"""Stop-clinic in one screen: who is affected, what each was offered and answered, who to call."""

from collections.abc import Mapping

from booking.appointments import service as appointments
from booking.schedules.model import SESSIONS
from booking.stops import service as stops
from booking.stops.model import CHOICES, OTHER, OUTCOMES, SAME, Case, progress
from booking.timetables import service as timetables
from notify.messages import service as messages
from wx_backend.base.errors import AppError, NotFound
from wx_backend.base.handler import staff
from wx_backend.directory.departments import service as departments
from wx_backend.entrypoints.web.console.pages.act import Act
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.staff import service as members

PATH = "/console/stops"
STATES = {
    "ASKED": "待答复",
    "CALLING": "待致电",
    "MOVING": "改约中",
    "MOVED": "已改约",
    "REFUNDING": "退号中",
    "REFUNDED": "已退号",
    "CLEARED": "已解除",
}
REACHED = {
    "READ": "消息已读",
    "delivered": "消息已送达",
    "SENT": "消息已发",
    "DUE": "消息待发",
    "SENDING": "消息待发",
    "UNKNOWN": "消息结果未知",
}
"""What else there is has not arrived."""
TONES = {"ASKED": "warn", "CALLING": "danger", "MOVING": "ok", "MOVED": "ok"}


class Stop(ConsolePage):
    """``GET``: one session; seven calls."""

    here = "schedules"
    access = staff("appointments:read")

    async def get(self, key: str) -> None:
        await self.show_one(key)

    async def show_one(
        self, key: str, error: AppError | None = None, phones: Mapping[str, str] | None = None
    ) -> None:
        found = await timetables.schedule(self.ctx, key)
        cases = await stops.cases(self.ctx, key)
        callers = {call.member for case in cases for call in case.calls}
        doctors = {one.id: one for one in await departments.doctors(self.ctx, found.department_id)}
        now = self.ctx.now()
        await self.show(
            "stops.html",
            error.status if error else 200,
            error=error.message if error else "",
            one=found,
            doctor=doctors[found.doctor_id].name if found.doctor_id in doctors else "",
            session=SESSIONS[found.session],
            cases=sorted(cases, key=lambda case: case.state != "CALLING"),
            offers={case.id: self._offers(case) for case in cases},
            progress=progress(cases),
            states=STATES,
            tones=TONES,
            choices=CHOICES,
            outcomes=OUTCOMES,
            callers=await members.members(self.ctx, callers) if callers else {},
            now_at=now,
            phones=phones or {},
            reached=await messages.reached(self.ctx, [case.id for case in cases]) if cases else {},
            words=REACHED,
            zone=self.zone,
            works=self.may("stops:work"),
        )

    def _offers(self, case: Case) -> dict[str, str]:
        """By choice, what may still be answered."""
        if not case.open:
            return {}
        now = self.ctx.now()
        standing = [name for name in (SAME, OTHER) if case.offer(name, now)]
        return {name: CHOICES[name] for name in CHOICES if name in (*standing, "refund")}


class _Act(Act, Stop):
    access = staff("stops:work")
    path = PATH
    tasks = True


class LogCall(_Act):
    """``POST version= outcome= note=``: somebody has rung the patient."""

    async def act(self, case: str) -> str:
        outcome, note = self.get_body_argument("outcome", ""), self.get_body_argument("note", "")
        await stops.log_call(self.ctx, case, self.sent_version(), outcome, note)
        return "致电结果已记录"


class AnswerFor(_Act):
    """``POST choice=``: what the patient has said on the phone."""

    async def act(self, case: str) -> str:
        done = await stops.answer_for(self.ctx, case, self.get_body_argument("choice", ""))
        return self.translate("已代为选择：%(choice)s", choice=self.translate(CHOICES[done.choice]))


class ShowPhone(Stop):
    """``POST``: the number to ring about one of them, shown once; audited."""

    access = staff("stops:work")

    async def get(self, key: str, _: str) -> None:
        self.go(f"{PATH}/{key}")

    async def post(self, key: str, case: str) -> None:
        one = await stops.one(self.ctx, case)
        if one.schedule != key:
            raise NotFound("没有找到这条停诊个案")
        try:
            number = await appointments.contact(self.ctx, one.appointment)
        except NotFound as nobody:
            await self.show_one(key, nobody)
        else:
            await self.show_one(key, phones={one.id: number})
