"""What an account is set up with: its menu, codes and templates. Implements `AccountUpkeep`."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from wechatpy.exceptions import WeChatClientException

from wx_backend.base.bridge import Pool
from wx_backend.gateways.standing import Standing
from wx_backend.gateways.wechat.failures import FAILURES
from wx_backend.gateways.wechat.outcome import call_failure
from wx_backend.gateways.wechat.port import AccountTemplate, Button
from wx_backend.gateways.wechat.sdk import ORIGIN, TokenClient

SUBSCRIBE_TEMPLATES = f"{ORIGIN}/wxaapi/newtmpl/gettemplate"
NO_MENU = 46003
FIELD = re.compile(r"\{\{(\w+)\.DATA\}\}")

A = TypeVar("A")


class _List(msgspec.Struct, frozen=True):
    list: tuple["_Shown", ...] = ()


class _Shown(msgspec.Struct, frozen=True):
    """A button as `get_current_selfmenu_info` tells it; what it leaves out is empty."""

    name: str
    type: str = ""
    url: str = ""
    key: str = ""
    appid: str = ""
    pagepath: str = ""
    sub_button: _List = _List()

    def button(self) -> Button:
        return Button(
            name=self.name, type=self.type, url=self.url, key=self.key, appid=self.appid,
            pagepath=self.pagepath, sub_button=tuple(one.button() for one in self.sub_button.list),
        )  # fmt: skip


class _Buttons(msgspec.Struct, frozen=True):
    button: tuple[_Shown, ...] = ()


class _Menu(msgspec.Struct):
    is_menu_open: int = 0
    selfmenu_info: _Buttons = _Buttons()


class _Code(msgspec.Struct):
    ticket: str
    url: str


class _Template(msgspec.Struct):
    template_id: str
    title: str
    content: str


class _Subscribe(msgspec.Struct, rename={"template_id": "priTmplId"}):
    template_id: str
    title: str
    content: str


class _SubscribeList(msgspec.Struct):
    data: list[_Subscribe] = []


class Upkeep:
    """Calls through the account's own client, on its pool."""

    def __init__(self, sdk: TokenClient, pool: Pool, standing: Standing) -> None:
        self._sdk, self._pool, self._standing = sdk, pool, standing

    async def menu(self) -> tuple[Button, ...]:
        return await self._pool.call(self._asked, "menu", self._menu)

    async def set_menu(self, buttons: tuple[Button, ...]) -> None:
        menu = {"button": msgspec.to_builtins(buttons)}
        await self._pool.call(self._asked, "set_menu", lambda: self._sdk.menu.create(menu))

    async def scene_code(self, scene: str) -> str:
        wanted = {
            "action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}},
        }  # fmt: skip
        return await self._pool.call(
            self._asked,
            "scene_code",
            lambda: msgspec.convert(self._sdk.qrcode.create(wanted), _Code).url,
        )

    async def templates(self) -> list[AccountTemplate]:
        return await self._pool.call(self._asked, "templates", self._templates)

    async def subscribe_templates(self) -> list[AccountTemplate]:
        return await self._pool.call(self._asked, "templates", self._subscribe_templates)

    def _asked(self, call: str, ask: Callable[[], A]) -> A:
        with self._standing.watch(call):
            try:
                return ask()
            except FAILURES as error:
                raise call_failure(error) from error

    def _menu(self) -> tuple[Button, ...]:
        try:
            found = msgspec.convert(self._sdk.menu.get_menu_info(), _Menu)
        except WeChatClientException as refusal:
            if refusal.errcode == NO_MENU:
                return ()
            raise
        shown = found.selfmenu_info.button if found.is_menu_open else ()
        return tuple(one.button() for one in shown)

    def _templates(self) -> list[AccountTemplate]:
        answer: Any = self._sdk.template.get_all_private_template()
        return _told(msgspec.convert(answer["template_list"], list[_Template]))

    def _subscribe_templates(self) -> list[AccountTemplate]:
        answer = self._sdk.get(SUBSCRIBE_TEMPLATES)
        return _told(msgspec.convert(answer, _SubscribeList).data)


def _told(listed: list[_Template] | list[_Subscribe]) -> list[AccountTemplate]:
    return [
        AccountTemplate(
            id=one.template_id, title=one.title, fields=tuple(FIELD.findall(one.content))
        )
        for one in listed
    ]
