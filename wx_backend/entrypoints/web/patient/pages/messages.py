"""The message centre: opening it marks what it shows as read."""

from urllib.parse import urlencode

from notify.messages import service as messages
from notify.messages.model import Item
from wx_backend.base.clock import HOSPITAL_ZONE
from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.web.patient import account_views, paths
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class Messages(PatientPage):
    """``GET ?cursor=``: a page, newest first; the dots of what was unread are still shown."""

    access = ACCOUNT

    async def get(self) -> None:
        account = self.ctx.actor.id
        page = await messages.inbox(self.ctx, account, self.get_query_argument("cursor", None))
        if fresh := [item.id for item in page.items if not item.read]:
            await messages.mark_read(self.ctx, account, fresh)
        await self.count_unread()
        view = account_views.Messages(
            rows=tuple(self._row(item) for item in page.items),
            more_href=self._more(page.cursor),
        )
        self.show("messages/page.html", view)

    def _more(self, cursor: str | None) -> str:
        """The next page's address; empty when there is none."""
        return f"{paths.MESSAGES}?{urlencode({'cursor': cursor})}" if cursor else ""

    def _row(self, item: Item) -> account_views.MessageRow:
        return account_views.MessageRow(
            title=item.title,
            text=item.text,
            when=self.words.recent(item.at, self.ctx.now(), HOSPITAL_ZONE),
            icon=item.icon,
            href=item.link,
            unread=not item.read,
        )
