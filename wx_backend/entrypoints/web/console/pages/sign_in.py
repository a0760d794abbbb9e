"""The way in: number and password, then one's own password, the app's set-up, or its code."""

from typing import TypeVar

from wx_backend.base.errors import AppError
from wx_backend.base.forms import Form
from wx_backend.base.handler import public, staff
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import NoChannel
from wx_backend.entrypoints.web import qr
from wx_backend.entrypoints.web.console import menu
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.signin import service as signin
from wx_backend.identity.signin.model import (
    HALF_MINUTES,
    STAFF_HALF,
    STAFF_SESSION,
    Code,
    Half,
    HalfExpired,
    NewPassword,
    Password,
    StaffSession,
)

HALF_DAYS = HALF_MINUTES / 24 / 60
PAGES = {"PASSWORD": "password", "ENROL": "enrol", "CODE": "code"}
HALF_WAY = "the signed cookie of the first step is the proof"

F = TypeVar("F", bound=Form)


class SignInPage(ConsolePage):
    """What the steps share: the half of a sign-in, and where it leads."""

    def step(self, name: str) -> str:
        return self.address(f"{menu.SIGN_IN}/{name}", next=self.next_path)

    def half(self) -> Half:
        """Raises HalfExpired."""
        kept = self.kept(STAFF_HALF, HALF_DAYS)
        if kept is None:
            raise HalfExpired()
        return Half(**kept)

    async def go_on(self, half: Half) -> None:
        """To the page of the next step."""
        self.go(self.step(PAGES[await signin.next_step(self.ctx, half)]))

    def enter(self, session: StaffSession) -> None:
        """Signed in: from now on with a session."""
        self.drop(STAFF_HALF)
        self.begin_session(session)

    def home(self, session: StaffSession) -> str:
        return self.next_path or menu.first(frozenset(session.roles))

    def sent(self, kind: type[F]) -> F:
        """The form, without the address it came with. Raises Invalid."""
        self.request.body_arguments.pop("next", None)
        return self.form(kind)

    def again(self, template: str, error: AppError, **values: object) -> None:
        """The same page once more, with what is wrong."""
        if isinstance(error, HalfExpired):
            self.drop(STAFF_HALF)
            template, values = "sign_in.html", {"number": "", "wecom_href": ""}
        fields = error.data.get("fields", {})
        wait = error.data.get("retry_after")
        words = self.translate(error.message)
        if wait:
            words += self.translate("（约 %(minutes)s 分钟）", minutes=int(wait) // 60 + 1)
        self.show_bare(
            template, error.status, error=words, fields=fields, next=self.next_path, **values
        )


class SignIn(SignInPage):
    """``GET`` asks for number and password, ``POST`` is the first step."""

    access = public("the way in for staff")

    async def get(self) -> None:
        self.name_device()
        self.show_bare(
            "sign_in.html",
            error="",
            fields={},
            number="",
            next=self.next_path,
            wecom_href=await self._wecom_href(),
        )

    async def post(self) -> None:
        number = self.get_body_argument("number", "")
        try:
            half = await signin.begin(self.ctx, self.sent(Password), self.request.remote_ip)
        except AppError as error:
            self.again("sign_in.html", error, number=number, wecom_href=await self._wecom_href())
            return
        self.keep(STAFF_HALF, {name: getattr(half, name) for name in Half.__struct_fields__},
                  HALF_DAYS)  # fmt: skip
        await self.go_on(half)

    async def _wecom_href(self) -> str:
        try:
            await institutions.channel_for(self.ctx, "wecom")
        except NoChannel:
            return ""
        return self.address("/signin/wecom", next=self.next_path)


class GiveCode(SignInPage):
    """The second step: a code of the app, or a recovery code."""

    access = public(HALF_WAY)

    def get(self) -> None:
        self.half()
        self.show_bare("code.html", error="", fields={}, next=self.next_path)

    async def post(self) -> None:
        try:
            session = await signin.finish(
                self.located(), self.half(), self.sent(Code).code, self.request.remote_ip
            )
        except AppError as error:
            self.again("code.html", error)
            return
        self.enter(session)
        self.go(self.home(session))


class ChoosePassword(SignInPage):
    """In the place of the first password, which the administrator knows."""

    access = public(HALF_WAY)

    async def get(self) -> None:
        self.half()
        least = await signin.password_length(self.ctx)
        self.show_bare("password.html", error="", fields={}, next=self.next_path, least=least)

    async def post(self) -> None:
        try:
            half = self.half()
            await signin.choose_password(self.ctx, half, self.sent(NewPassword))
            await self.go_on(half)
        except AppError as error:
            self.again("password.html", error, least=await signin.password_length(self.ctx))


class Enrol(SignInPage):
    """Sets up the authenticator app: a QR code, a first code, then the recovery codes once."""

    access = public(HALF_WAY)

    async def get(self) -> None:
        values = await self._offered(self.half())
        self.show_bare("enrol.html", error="", fields={}, next=self.next_path, **values)

    async def post(self) -> None:
        half = self.half()
        try:
            session, codes = await signin.enrol(
                self.located(), half, self.sent(Code).code, self.request.remote_ip
            )
        except AppError as error:
            self.again("enrol.html", error, **await self._offered(half))
            return
        self.enter(session)
        self.show_bare("recovery.html", codes=codes, onward=self.home(session))

    async def _offered(self, half: Half) -> dict[str, str]:
        offered = await signin.offer(self.ctx, half)
        return {"picture": qr.picture(offered.uri), "secret": offered.secret}


class SignOut(ConsolePage):
    """``POST`` ends this session."""

    access = staff("console:use")

    async def post(self) -> None:
        if session := self.session():
            await signin.end(self.ctx, session)
        self.drop(STAFF_SESSION)
        self.go(menu.SIGN_IN)


class Root(ConsolePage):
    """To the first page that the member's roles show."""

    access = staff("console:use")

    def get(self) -> None:
        self.go(menu.first(self.ctx.actor.roles))
