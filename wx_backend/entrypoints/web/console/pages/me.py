"""One's own sign-in: password and recovery codes, and what the member was told, also of those."""

from wx_backend.base.errors import AppError
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.console import menu
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.signin import service as signin
from wx_backend.identity.signin.model import ChangePassword, Code


class Me(ConsolePage):
    """``GET`` shows the two forms and the messages, which count as read from then on."""

    access = staff("console:use")

    async def get(self) -> None:
        await self.form_page()

    async def form_page(self, error: AppError | None = None) -> None:
        told = await self.letters()
        await self.show(
            "me.html",
            error.status if error else 200,
            letters=told.items,
            zone=self.zone,
            least=await signin.password_length(self.ctx),
            error=error.message if error else "",
            fields=error.data.get("fields", {}) if error else {},
        )


class OwnPassword(Me):
    """``POST``: a new password; every other session of the member ends."""

    async def post(self) -> None:
        try:
            session = await signin.change_password(
                self.ctx, self.form(ChangePassword), self.request.remote_ip
            )
        except AppError as error:
            await self.form_page(error)
            return
        self.begin_session(session)
        self.say("密码已修改，其他设备上的登录已全部退出", menu.ME)


class OwnRecovery(Me):
    """``POST``: new recovery codes, shown once; the old ones are void."""

    async def post(self) -> None:
        try:
            codes = await signin.renew_recovery(
                self.ctx, self.form(Code).code, self.request.remote_ip
            )
        except AppError as error:
            await self.form_page(error)
            return
        self.show_bare("recovery.html", codes=codes, onward=menu.ME)
