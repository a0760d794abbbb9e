"""A service account's menu and codes: what users see, and what we would have them see."""

from notify.entrances import service as entrances
from notify.entrances.model import MenuCompared
from wx_backend.base.errors import AppError, NotFound
from wx_backend.base.handler import staff
from wx_backend.directory.departments import service as departments
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel
from wx_backend.entrypoints.web import qr
from wx_backend.entrypoints.web.console.pages.channels import PATH
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage

KINDS = {"u": "科室", "d": "医生"}


class AccountPage(ConsolePage):
    """Base of the pages about one service account of the institution."""

    access = staff("channels:change")
    here = "channels"

    async def account(self, channel_id: str) -> Channel:
        """Raises NotFound: not a service account, or another institution's."""
        channel = await institutions.channel(self.ctx, channel_id)
        if channel.inst != self.ctx.institution or channel.platform != entrances.PLATFORM:
            raise NotFound()
        return channel


class Menu(AccountPage):
    """``GET`` shows both menus and where they differ; ``POST menu=`` keeps another one of ours."""

    async def get(self, channel_id: str) -> None:
        await self.show_menu(await self.account(channel_id))

    async def post(self, channel_id: str) -> None:
        channel, text = await self.account(channel_id), self.get_body_argument("menu", "")
        try:
            await entrances.keep_menu(self.ctx, channel, entrances.read_menu(text))
        except AppError as error:
            await self.show_menu(channel, error, text)
            return
        self.say("菜单已保存，发布后患者才能看到", self.request.path)

    async def show_menu(
        self, channel: Channel, error: AppError | None = None, text: str = ""
    ) -> None:
        ours = await entrances.menu(self.ctx, channel)
        await self.show(
            "menu.html",
            error.status if error else 200,
            channel=channel,
            ours=entrances.menu_lines(ours, self.translate),
            compared=await self._compared(channel),
            lines=entrances.menu_lines,
            text=text or entrances.written_menu(ours),
            fields=error.data.get("fields", {}) if error else {},
            wrong=error.message if error else "",
            path=PATH,
        )

    async def _compared(self, channel: Channel) -> MenuCompared | None:
        """None when the platform does not say what users see."""
        try:
            return await entrances.compare(self.ctx, channel, self.translate)
        except AppError:
            return None


class Publish(Menu):
    """``POST``: users see our menu from now on."""

    async def get(self, channel_id: str) -> None:
        self.go(f"{PATH}/{channel_id}/menu")

    async def post(self, channel_id: str) -> None:
        channel = await self.account(channel_id)
        try:
            await entrances.publish(self.ctx, channel)
        except AppError as error:
            await self.show_menu(channel, error)
            return
        self.say("菜单已发布，手机上几分钟内更新", f"{PATH}/{channel_id}/menu")


class Codes(AccountPage):
    """``GET ?kind=``: doctors or departments and their codes; ``POST kind=&key=`` makes one."""

    async def get(self, channel_id: str) -> None:
        channel, kind = await self.account(channel_id), self.asked("kind")
        if kind not in KINDS:
            kind = next(iter(KINDS))
        made = await entrances.codes(self.ctx, channel)
        pictures = {scene: qr.picture(one.url, 4) for scene, one in made.items()}
        await self.show(
            "codes.html",
            channel=channel,
            kind=kind,
            kinds=KINDS,
            rows=await self._rows(kind),
            pictures=pictures,
            path=PATH,
        )

    async def post(self, channel_id: str) -> None:
        channel = await self.account(channel_id)
        kind, key = self.get_body_argument("kind", ""), self.get_body_argument("key", "")
        await entrances.code(self.ctx, channel, kind, key)
        self.say("二维码已生成", self.address(self.request.path, kind=kind))

    async def _rows(self, kind: str) -> list[tuple[str, str, str]]:
        """(id, name, where) of those who may have a code."""
        units = {one.id: one for one in await departments.departments(self.ctx)}
        if kind == "u":
            return [(one.id, one.name, f"{one.campus} {one.location}") for one in units.values()]
        return [
            (one.id, f"{one.name} {one.title}", units[one.department_id].name)
            for one in await departments.doctors(self.ctx)
            if one.department_id in units
        ]
