"""Who is on duty now, everywhere."""

from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.doctor import duties
from wx_backend.entrypoints.web.doctor.pages.shared import DoctorPage


class OnDutyNow(DoctorPage):
    """``GET``: the member's own places first."""

    access = staff("rosters:read")
    here = "duty"

    async def get(self) -> None:
        topics = await self.topics()
        rosters = await duties.running(self.ctx)
        await self.show("duty.html", topics, rosters=rosters, me=self.ctx.actor.id)
