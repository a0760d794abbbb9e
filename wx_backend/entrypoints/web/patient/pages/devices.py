"""登录设备: where the account is signed in, and ending that."""

from datetime import datetime

from wx_backend.base.clock import HOSPITAL_ZONE
from wx_backend.base.handler import ACCOUNT, SESSION
from wx_backend.entrypoints.web.patient import account_views, paths
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage
from wx_backend.identity.accounts import service as accounts


class Devices(PatientPage):
    """1 call."""

    access = ACCOUNT

    async def get(self) -> None:
        here = accounts.asking(self.house, self.session_claims())
        known = await accounts.devices(self.ctx, here)
        rows = tuple(
            account_views.DeviceRow(
                name=self.words.device(one.platform, one.kind),
                since=self._moment(one.since),
                used=self._moment(one.used),
                here=one.here,
                action=paths.end_device(one.id),
            )
            for one in known
        )
        view = account_views.Devices(rows=rows, idempotency_key=self.new_key())
        self.show("devices/page.html", view)

    def _moment(self, at: datetime | None) -> str:
        return self.words.recent(at, self.ctx.wire_now(), HOSPITAL_ZONE) if at else ""


class EndDevice(PatientPage):
    """``POST``: the account is signed in there no longer."""

    access = ACCOUNT

    async def post(self, session_id: str) -> None:
        await accounts.end_session(self.ctx, self.ctx.actor.id, session_id)
        self.go(paths.DEVICES)


class EndOthers(PatientPage):
    """``POST``: the account is signed in only here."""

    access = ACCOUNT

    async def post(self) -> None:
        here = accounts.asking(self.house, self.session_claims())
        self.keep(SESSION, await accounts.end_other_sessions(self.ctx, here), self.session_days)
        self.go(paths.DEVICES)
