"""What the console's pages share: the shell, exports, refusals."""

import asyncio
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from notify.critical import service as critical
from wx_backend.base import clock
from wx_backend.base.cache import recent
from wx_backend.base.errors import AppError, NotSignedIn
from wx_backend.base.live import service as live
from wx_backend.base.render import DATES, hour
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.console import alerts, exports, menu
from wx_backend.entrypoints.web.console.alerts import Watch
from wx_backend.entrypoints.web.page import CHOICES, LOCALES
from wx_backend.entrypoints.web.staff_page import StaffPage
from wx_backend.identity.accounts.model import local_path
from wx_backend.identity.staff.model import ROLES

ALERTS_SECONDS = 3
WATCHED = "alerts_watched"
BOARD = "critical:board"
"""The live topic whose news every page follows for its alarm."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds a page.

    Args:
        switch: this page in the ``other`` language; empty where the address alone does not lead
            back.
    """

    hospital: str
    lang: str
    other: str
    switch: str
    xsrf: str
    name: str
    roles: str
    now: str
    groups: tuple[menu.Group, ...]
    here: str
    crumb: tuple[str, str]
    badges: dict[str, int]
    letters: int = 0
    watch: Watch | None = None
    said: str
    wecom: bool


class ConsolePage(StaffPage):
    """Base of the console's pages. ``here`` is the key of the page's menu entry; a page with
    ``alarms`` of its own has no second one.
    """

    face = "console"
    here = ""
    alarms = False

    async def show(self, template: str, status: int = 200, **values: Any) -> None:
        """Renders ``console/<template>`` in the shell."""
        frame = await self._frame()
        self._write(template, status, frame, values)

    def show_bare(self, template: str, status: int = 200, **values: Any) -> None:
        """A page without the menu: for who is not signed in (yet)."""
        self._write(template, status, self._outside(), values)

    def _write(
        self, template: str, status: int, frame: Frame | None, values: dict[str, Any]
    ) -> None:
        page = self.settings["renderer"].page(
            f"console/{template}", LOCALES[self.language()], frame=frame, **values
        )
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page)

    async def _frame(self) -> Frame:
        session, actor, watch = self.session(), self.ctx.actor, await self.watched()
        unhandled = watch.unhandled if watch else 0
        return msgspec.structs.replace(
            self._outside(),
            name=session.name if session else "",
            roles=self.roles_of(sorted(actor.roles)),
            groups=menu.seen_by(actor.roles),
            badges={"tasks": await self.tasks_waiting(), "critical": unhandled},
            letters=await self.letters_unread(),
            watch=None if self.alarms else watch,
            wecom=bool(session and session.channel),
        )

    async def watched(self, afresh: bool = False) -> Watch | None:
        """Alerts of the member that nobody has handled, for who may see any; from memory for some
        seconds unless ``afresh``.
        """
        if not self.may("critical:read"):
            return None

        async def read() -> Watch:
            seen = await live.position(self.ctx, BOARD)  # first, so that nothing is missed
            rows = alerts.rows(await critical.board(self.ctx), self.ctx.now())
            return alerts.watch(rows, seen)

        kept = recent(self.house, WATCHED, ALERTS_SECONDS)
        if afresh:
            kept.forget(self.ctx.actor.id)
        return await kept.get(self.ctx.actor.id, read)

    def _outside(self) -> Frame:
        here = institutions.known(self.house, self.front.institution(self))
        now, zone = self.house.business.now(), here.zone if here else clock.HOSPITAL_ZONE
        lang = self.language()
        other = next(one for one in LOCALES if one != lang)
        return Frame(
            hospital=here.name if here else "",
            lang=lang,
            other=other,
            switch=self._in(other),
            xsrf=self.xsrf_token.decode(),
            name="",
            roles="",
            now=f"{self.dates['day'](now, zone)} {hour(now, zone)}",
            groups=(),
            here=self.here,
            crumb=menu.place_of(self.here),
            badges={},
            said=self.said(),
            wecom=False,
        )

    def _in(self, lang: str) -> str:
        """This page in ``lang``; empty for what a form has led to."""
        if self.request.method != "GET":
            return ""
        kept = {
            name: given[-1].decode(errors="replace")
            for name, given in self.request.query_arguments.items()
            if name not in CHOICES
        }
        return local_path(f"{self.request.path}?{urlencode({**kept, 'lang': lang})}")

    @property
    def dates(self) -> dict[str, Callable[..., str]]:
        """How a date is written in the reader's language."""
        return DATES[LOCALES[self.language()]]

    def roles_of(self, keys: Iterable[str]) -> str:
        """The names of roles, in a row."""
        return self.translate("、").join(
            self.translate(ROLES[key].name) for key in keys if key in ROLES
        )

    def why(self, error: AppError | None) -> str:
        """What is wrong with the fields, else what the refusal says; empty without one."""
        if error is None:
            return ""
        return self.listed(error.data.get("fields", {})) or self.translate(error.message)

    def listed(self, fields: Mapping[str, str]) -> str:
        """What is wrong with fields, in a row."""
        return self.translate("；").join(map(self.translate, fields.values()))

    @staticmethod
    def new_key() -> str:
        """An Idempotency-Key for a form about to be shown."""
        return str(uuid.uuid4())

    async def export(
        self, name: str, heads: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> None:
        """Rows as an Excel file, audited: the part ``?export=`` of ``exports.MOST`` rows each."""
        part = self.asked_number("export")
        listed = list(rows)[(part - 1) * exports.MOST : part * exports.MOST]
        await self.send_file(f"{name}-{part}" if part > 1 else name, heads, listed)

    async def send_file(
        self, about: str, heads: Sequence[str], listed: Sequence[Sequence[object]]
    ) -> None:
        """These rows as an Excel file, audited."""
        await self.house.audit.record(self.ctx, "console:list:exported", about, rows=len(listed))
        named = [self.translate(head) for head in heads]
        made = await asyncio.to_thread(exports.to_xlsx, named, listed, self.translate("列表"))
        self.set_header("Content-Type", exports.KIND)
        self.set_header("Content-Disposition", f'attachment; filename="{about}.xlsx"')
        self.finish(made)

    def moment(self, at: datetime | None) -> str:
        """``2026-11-24 08:35:07`` on the hospital's clock; empty for what has not happened."""
        return f"{clock.local_time(at, self.zone):%Y-%m-%d %H:%M:%S}" if at else ""

    def export_links(
        self, total: int, path: str, **asked: object
    ) -> list[tuple[str, exports.Span]]:
        """(address, which rows) of the files a list of ``total`` rows makes."""
        return [(self.address(path, export=n, **asked), span) for n, span in exports.parts(total)]

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
