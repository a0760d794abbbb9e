"""What every page for staff shares, at a desk or on a phone: the session, words after an action."""

from urllib.parse import urlencode

from notify.messages import service as messages
from notify.messages.model import Page as Letters
from wx_backend.base import clock
from wx_backend.base.cache import recent
from wx_backend.base.errors import Invalid
from wx_backend.base.handler import Handler
from wx_backend.directory.institutions import service as institutions
from wx_backend.entrypoints.web.page import LOCALES, chosen, origin, policy
from wx_backend.identity.accounts.model import local_path
from wx_backend.identity.signin import service as signin
from wx_backend.identity.signin.model import STAFF_SESSION, StaffSession
from wx_backend.identity.worklist import service as worklist

SAID = "said"
SAID_DAYS = 1 / 24 / 60
TASKS_WAITING = "tasks_waiting"
LETTERS_UNREAD = "letters_unread"
BADGE_SECONDS = 5
FACES = ("/console/", "/doctor/")
"""Where signing in as staff may lead."""


class StaffPage(Handler):
    """Base of the console's pages and of the bedside ones. ``face`` names the catalogue of words
    that come before those of all faces.
    """

    face = ""

    def prepare(self) -> None:
        sockets = origin(self.house.settings.public_url).replace("http", "ws", 1)
        self.set_header("Content-Security-Policy", policy(sockets=sockets))
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
        """Where the sign-in leads: a page for staff, or nowhere in particular."""
        asked = local_path(self.get_argument("next", ""), "")
        return asked if asked.startswith(FACES) else ""

    async def tasks_waiting(self) -> int:
        """Tasks that wait for the member; from memory for some seconds."""
        if not self.may("tasks:work"):
            return 0
        cache = recent(self.house, TASKS_WAITING, BADGE_SECONDS)
        return await cache.get(self.ctx.actor.id, lambda: worklist.waiting(self.ctx))

    def tasks_changed(self) -> None:
        """After the member's own act the figure is counted anew."""
        recent(self.house, TASKS_WAITING, BADGE_SECONDS).forget(self.ctx.actor.id)

    def language(self) -> str:
        return chosen(self, "lang", LOCALES, "zh-CN")

    async def letters(self, cursor: str = "") -> Letters:
        """What the member was told, newest first; what is shown counts as read from now on."""
        me = self.ctx.actor.id
        page = await messages.inbox(self.ctx, me, cursor or None)
        if fresh := [item.id for item in page.items if not item.read]:
            await messages.mark_read(self.ctx, me, fresh)
            recent(self.house, LETTERS_UNREAD, BADGE_SECONDS).forget(me)
        return page

    async def letters_unread(self) -> int:
        """Messages that the member has not seen; from memory for some seconds."""
        me, cache = self.ctx.actor.id, recent(self.house, LETTERS_UNREAD, BADGE_SECONDS)
        return await cache.get(me, lambda: messages.unread(self.ctx, me))

    def translate(self, text: str, /, **named: object) -> str:
        """In the reader's language."""
        say = self.settings["renderer"].say(LOCALES[self.language()], self.face)
        return say(text, **named)

    def say(self, words: str, path: str) -> None:
        """On to ``path`` by GET, which shows the words once."""
        self.keep(SAID, {"words": words}, SAID_DAYS)
        self.go(path)

    def said(self) -> str:
        """The words of the page before, once."""
        kept = self.kept(SAID, SAID_DAYS)
        if kept:
            self.drop(SAID)
        return kept["words"] if kept else ""

    def to_sign_in(self, begin: str, home: str = "") -> None:
        """To ``begin``, and from there back to this page; a swap takes the whole page along."""
        back = self.request.uri if self.request.method == "GET" else home
        target = self.address(begin, next=back)
        if self.swapping:
            self.set_status(401)
            self.set_header("HX-Redirect", target)
            self.finish()
        else:
            self.go(target)

    @property
    def swapping(self) -> bool:
        """A script asked, for a part of the page."""
        return "HX-Request" in self.request.headers

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
        return self.asked_number("page")

    def asked_number(self, name: str) -> int:
        """A page or part by number from 1. Raises Invalid."""
        text = self.asked(name) or "1"
        if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 10_000:
            raise Invalid(fields={name: "无效的页码"})
        return int(text)

    def sent_version(self) -> int:
        """The version of the document that the form was made from. Raises Invalid."""
        text = self.get_body_argument("version", "")
        if not text.isdigit():
            raise Invalid(fields={"version": "请刷新页面后再试"})
        return int(text)
