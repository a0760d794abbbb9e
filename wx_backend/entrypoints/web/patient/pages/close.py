"""注销账号: what stands in the way, asking for it, and withdrawing that."""

from wx_backend.base.clock import HOSPITAL_ZONE
from wx_backend.base.errors import Invalid
from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.rights import closing
from wx_backend.entrypoints.rights.model import WORDS, AskToClose, StandsInTheWay
from wx_backend.entrypoints.web.patient import account_views, paths
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage

SEEN_TO = {
    "appointments": paths.APPOINTMENTS,
    "waiting": paths.WAITING,
    "orders": paths.APPOINTMENTS,
    "bills": paths.BILL_PAYMENTS,
}


class Close(PatientPage):
    """``GET`` says how it stands, ``POST agreed=1`` asks for it."""

    access = ACCOUNT

    async def get(self) -> None:
        await self._show()

    async def post(self) -> None:
        try:
            agreed = bool(self.get_body_argument("agreed", ""))
            await closing.ask(self.ctx, AskToClose(agreed=agreed))
        except Invalid as refused:
            await self._show(refused.data["fields"]["agreed"], refused.status)
        except StandsInTheWay as refused:
            await self._show(refused.message, refused.status)
        else:
            self.go(paths.CLOSE)

    async def _show(self, error: str = "", status: int = 200) -> None:
        found = await closing.standing(self.ctx)
        view = account_views.CloseAccount(
            obstacles=tuple(
                account_views.Obstacle(WORDS[one.kind], one.count, SEEN_TO[one.kind])
                for one in found.obstacles
            ),
            days=found.days,
            until=self.words.moment(found.until, HOSPITAL_ZONE) if found.until else "",
            error=error,
            idempotency_key=self.new_key(),
        )
        self.show("close/page.html", view, status)


class KeepOpen(PatientPage):
    """``POST``: the account stays after all."""

    access = ACCOUNT

    async def post(self) -> None:
        await closing.withdraw(self.ctx)
        self.go(paths.CLOSE)
