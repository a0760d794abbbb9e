"""What the console's pages share: the shell, words after an action, exports, refusals."""

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from wx_backend.base import clock
from wx_backend.base.cache import recent
from wx_backend.base.errors import AppError, Invalid, NotSignedIn
from wx_backend.base.handler import Handler
from wx_backend.base.render import day, hour
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.console import exports, menu
from wx_backend.entrypoints.web.page import policy
from wx_backend.identity.accounts.model import local_path
from wx_backend.identity.signin import service as signin
from wx_backend.identity.signin.model import STAFF_SESSION, StaffSession
from wx_backend.identity.staff.model import ROLES
from wx_backend.identity.worklist import service as worklist

SAID = "said"
SAID_DAYS = 1 / 24 / 60
BADGE_SECONDS = 5


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


class ConsolePage(Handler):
    """Base of the console's pages. ``here`` is the key of the page's menu entry."""

    here = ""

    def prepare(self) -> None:
        self.set_header("Content-Security-Policy", policy())
        self.set_header("Cache-Control", "no-store")
        super().prepare()

    @property
    def session_hours(self) -> float:
        return self.house.settings.staff_session_hours

    def session(self) -> StaffSession | None:
        """The staff session of this browser, for what the actor does not say."""
        return signin.recognise(self.house, self.kept(STAFF_SESSION, self.session_hours / 24))

    def begin_session(self, session: StaffSession) -> None:
        """A new session in the place of whatever the browser had."""
        self.keep(STAFF_SESSION, signin.claims(session), self.session_hours / 24)

    def may(self, permission: str) -> bool:
        return self.front.permits(self.ctx.actor, permission)

    @property
    def zone(self) -> str:
        here = institutions.known(self.house, self.ctx.institution)
        return here.zone if here else clock.HOSPITAL_ZONE

    @property
    def next_path(self) -> str:
        """Where the sign-in leads: a page of the console."""
        asked = local_path(self.get_argument("next", ""), "")
        return asked if asked.startswith(f"{menu.ROOT}/") else ""

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
        waiting = 0
        if self.may("tasks:work"):
            cache = recent(self.house, "tasks_waiting", BADGE_SECONDS)
            waiting = await cache.get(actor.id, lambda: worklist.waiting(self.ctx))
        return msgspec.structs.replace(
            self._outside(),
            name=session.name if session else "",
            roles="、".join(ROLES[role].name for role in sorted(actor.roles) if role in ROLES),
            groups=menu.seen_by(actor.roles),
            badges={"tasks": waiting},
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
            said=self._said(),
            wecom=False,
        )

    def say(self, words: str, path: str) -> None:
        """On to ``path`` by GET, which shows the words once."""
        self.keep(SAID, {"words": words}, SAID_DAYS)
        self.go(path)

    def _said(self) -> str:
        kept = self.kept(SAID, SAID_DAYS)
        if kept:
            self.drop(SAID)
        return kept["words"] if kept else ""

    def go(self, path: str) -> None:
        """To another page, by GET."""
        self.redirect(path, status=303)

    def address(self, path: str, **query: object) -> str:
        """``path`` with what is not empty of ``query``."""
        given = {name: value for name, value in query.items() if value}
        return f"{path}?{urlencode(given)}" if given else path

    def asked(self, name: str) -> str:
        return self.get_query_argument(name, "").strip()

    def asked_page(self) -> int:
        """``?page=`` from 1. Raises Invalid."""
        text = self.asked("page") or "1"
        if not text.isdigit() or not 0 < int(text) < 10_000:
            raise Invalid(fields={"page": "无效的页码"})
        return int(text)

    def sent_version(self) -> int:
        """The version of the document that the form was made from. Raises Invalid."""
        text = self.get_body_argument("version", "")
        if not text.isdigit():
            raise Invalid(fields={"version": "请刷新页面后再试"})
        return int(text)

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
            back = self.request.uri if self.request.method == "GET" else ""
            target = self.address(menu.SIGN_IN, next=back)
            if self.request.headers.get("HX-Request"):
                self.set_status(401)
                self.set_header("HX-Redirect", target)
                self.finish()
            else:
                self.go(target)
            return
        fields = error.data.get("fields", {})
        self.show_bare(
            "failure.html", error.status, error=error, fields=list(fields.values()),
            trace=self.trace, back=menu.ROOT,
        )  # fmt: skip
