"""What the bedside pages share: the shell with its tabs, parts for swaps, refusals."""

from typing import Any

import msgspec

from notify.critical import service as critical
from notify.critical.model import Alert
from notify.messages import service as messages
from wx_backend.base.errors import AppError, NotSignedIn
from wx_backend.base.live import service as live
from wx_backend.directory.departments import service as departments
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.doctor import paths, words
from wx_backend.entrypoints.web.page import LOCALES
from wx_backend.entrypoints.web.staff_page import StaffPage
from wx_backend.identity.staff.model import ROLES

WECOM_AGENT = "wxwork/"
"""WeCom's own browser says so in its User-Agent; nobody else can be signed in without a word."""
WECOM_SIGN_IN = "/signin/wecom"
DESK_SIGN_IN = "/console/signin"
BOARD = "critical:board"


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds a page. ``topics`` are followed live, from the numbers given."""

    hospital: str
    xsrf: str
    name: str = ""
    roles: str = ""
    here: str = ""
    lang: str
    counts: dict[str, int] = {}
    topics: dict[str, int] = {}
    said: str = ""


class DoctorPage(StaffPage):
    """Base of the bedside pages. ``here`` is the tab that the page belongs to."""

    here = ""
    _alerts: list[Alert] | None = None

    async def topics(self) -> dict[str, int]:
        """Where the live topics stand; asked before anything that the page shows is read."""
        names = (BOARD, f"me:{self.ctx.actor.id}")
        return {name: await live.position(self.ctx, name) for name in names}

    async def alerts(self) -> list[Alert]:
        """The member's own, open ones first; asked once for a page."""
        if self._alerts is None:
            self._alerts = await critical.mine(self.ctx) if self.may("critical:read") else []
        return self._alerts

    async def show(
        self, template: str, topics: dict[str, int], status: int = 200, **values: Any
    ) -> None:
        """``doctor/<template>``: the whole page, or for a swap its part alone."""
        frame = await self._frame(topics)
        wards = {one.code: one.name for one in await departments.wards(self.ctx)}
        self._write(template, status, frame, {"wards": wards, **values})

    def _write(self, template: str, status: int, frame: Frame, values: dict[str, Any]) -> None:
        page = self.settings["renderer"].page(
            f"doctor/{template}", LOCALES[frame.lang], frame=frame, w=words, paths=paths,
            zone=self.zone, now_at=self.ctx.now(), whole=not self.swapping, **values,
        )  # fmt: skip
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page)

    async def _frame(self, topics: dict[str, int]) -> Frame:
        session, actor = self.session(), self.ctx.actor
        counts = {
            "alerts": sum(one.open for one in await self.alerts()),
            "tasks": await self.tasks_waiting(),
            "messages": await messages.unread(self.ctx, actor.id),
        }
        return msgspec.structs.replace(
            self.outside(),
            name=session.name if session else "",
            roles=self.translate("、").join(
                self.translate(ROLES[role].name) for role in ROLES if role in actor.roles
            ),
            counts=counts,
            topics=topics,
        )

    def outside(self) -> Frame:
        """The frame of who is not signed in, or may not be here; no call."""
        here = institutions.known(self.house, self.front.institution(self))
        return Frame(
            hospital=here.name if here else "",
            xsrf=self.xsrf_token.decode(),
            here=self.here,
            lang=self.language(),
            said=self.said(),
        )

    def refuse(self, error: AppError) -> None:
        """To the sign-in and back here, or a page that says what to do."""
        if isinstance(error, NotSignedIn):
            agent = self.request.headers.get("User-Agent", "")
            begin = WECOM_SIGN_IN if WECOM_AGENT in agent else DESK_SIGN_IN
            self.to_sign_in(begin, paths.HOME)
            return
        fields = error.data.get("fields", {})
        frame = self.outside()
        page = self.settings["renderer"].page(
            "doctor/failure.html", LOCALES[frame.lang], frame=frame, error=error,
            fields=list(fields.values()), trace=self.trace, paths=paths,
        )  # fmt: skip
        self.set_status(error.status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page)
