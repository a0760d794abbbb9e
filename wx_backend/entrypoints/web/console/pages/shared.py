"""What the console's pages share: the shell, exports, refusals."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from wx_backend.base import clock
from wx_backend.base.errors import AppError, NotSignedIn
from wx_backend.base.render import day, hour
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.console import exports, menu
from wx_backend.entrypoints.web.staff_page import StaffPage
from wx_backend.identity.staff.model import ROLES


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds a page."""

    hospital: str
    xsrf: str
    name: str
    roles: str
    now: str
    groups: tuple[menu.Group, ...]
    here: str
    crumb: tuple[str, str]
    badges: dict[str, int]
    said: str
    wecom: bool


class ConsolePage(StaffPage):
    """Base of the console's pages. ``here`` is the key of the page's menu entry."""

    here = ""

    async def show(self, template: str, status: int = 200, **values: Any) -> None:
        """Renders ``console/<template>`` in the shell."""
        frame = await self._frame()
        self._write(template, status, frame, values)

    def show_bare(self, template: str, status: int = 200, **values: Any) -> None:
        """A page without the menu: for who is not signed in (yet)."""
        self._write(template, status, self._outside(), values)

    def _write(self, template: str, status: int, frame: Frame, values: dict[str, Any]) -> None:
        page = self.settings["renderer"].page(f"console/{template}", frame=frame, **values)
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page)

    async def _frame(self) -> Frame:
        session, actor = self.session(), self.ctx.actor
        return msgspec.structs.replace(
            self._outside(),
            name=session.name if session else "",
            roles="、".join(ROLES[role].name for role in sorted(actor.roles) if role in ROLES),
            groups=menu.seen_by(actor.roles),
            badges={"tasks": await self.tasks_waiting()},
            wecom=bool(session and session.channel),
        )

    def _outside(self) -> Frame:
        here = institutions.known(self.house, self.front.institution(self))
        now, zone = self.house.business.now(), here.zone if here else clock.HOSPITAL_ZONE
        return Frame(
            hospital=here.name if here else "",
            xsrf=self.xsrf_token.decode(),
            name="",
            roles="",
            now=f"{day(now, zone)} {hour(now, zone)}",
            groups=(),
            here=self.here,
            crumb=menu.place_of(self.here),
            badges={},
            said=self.said(),
            wecom=False,
        )

    async def export(
        self, name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """A list as a CSV file; audited, at most ``exports.MOST`` rows."""
        listed = list(rows)[: exports.MOST]
        await self.house.audit.record(self.ctx, "console:list:exported", name, rows=len(listed))
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{name}.csv"')
        self.finish(exports.to_csv(heads, listed))

    def refuse(self, error: AppError) -> None:
        """To the sign-in and back, or a page that says what to do."""
        if isinstance(error, NotSignedIn):
            self.to_sign_in(menu.SIGN_IN)
            return
        fields = error.data.get("fields", {})
        self.show_bare(
            "failure.html", error.status, error=error, fields=list(fields.values()),
            trace=self.trace, back=menu.ROOT,
        )  # fmt: skip
