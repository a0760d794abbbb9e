"""What the member was told; opening the page marks what it shows as read."""

from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.doctor import paths
from wx_backend.entrypoints.web.doctor.pages.shared import DoctorPage


class Messages(DoctorPage):
    """``GET ?cursor=``: a page, newest first; the dots of what was unread are still shown."""

    access = staff("critical:read")
    here = "messages"

    async def get(self) -> None:
        topics = await self.topics()
        page = await self.letters(self.asked("cursor"))
        more = self.address(paths.MESSAGES, cursor=page.cursor) if page.cursor else ""
        await self.show("messages.html", topics, items=page.items, more=more)
