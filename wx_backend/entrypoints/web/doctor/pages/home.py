"""The first page: what is urgent, what waits, who is on duty, what was said."""

from notify.messages import service as messages
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.doctor import duties
from wx_backend.entrypoints.web.doctor.pages.shared import DoctorPage

SHOWN = 3
"""Messages on the first page."""


class Home(DoctorPage):
    """``GET``: my open alerts first."""

    access = staff("critical:read")
    here = "home"

    async def get(self) -> None:
        topics = await self.topics()
        rosters = await duties.running(self.ctx)
        inbox = await messages.inbox(self.ctx, self.ctx.actor.id, limit=SHOWN)
        await self.show(
            "home.html",
            topics,
            alerts=[one for one in await self.alerts() if one.open],
            tasks=await self.tasks_waiting(),
            rosters=[one for one in rosters if one.mine],
            unread=await messages.unread(self.ctx, self.ctx.actor.id),
            items=inbox.items,
        )
