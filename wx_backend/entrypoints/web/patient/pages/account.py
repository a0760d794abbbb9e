"""账号与隐私: what the account may see and decide about itself."""

from wx_backend.base.handler import ACCOUNT
from wx_backend.entrypoints.web.patient import account_views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class Account(PatientPage):
    access = ACCOUNT

    async def get(self) -> None:
        await self.count_unread()
        self.show("account/page.html", account_views.Account(idempotency_key=self.new_key()))
