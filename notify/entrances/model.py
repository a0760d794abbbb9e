"""The ways from a service account into our pages: its menu, its codes, what it answers. Pure."""

from datetime import datetime

import msgspec

from wx_backend.base.errors import Invalid
from wx_backend.gateways.wechat.port import Button

DEPARTMENTS = "/h5/departments"
APPOINTMENTS = "/h5/appointments"
PEOPLE = "/h5/people"
MESSAGES = "/h5/messages"
MESSAGE_SETTINGS = "/h5/messages/settings"
HELP = "help"
"""Key of the menu's button that is answered with the list of what there is."""

DEFAULT_MENU: tuple[Button, ...] = (
    Button(name="预约挂号", type="view", url=DEPARTMENTS),
    Button(name="我的预约", type="view", url=APPOINTMENTS),
    Button(
        name="我的",
        sub_button=(
            Button(name="就诊人", type="view", url=PEOPLE),
            Button(name="消息", type="view", url=MESSAGES),
            Button(name="提醒设置", type="view", url=MESSAGE_SETTINGS),
            Button(name="使用帮助", type="click", key=HELP),
        ),
    ),
)
"""The menu of an account that was given no other. Addresses are paths of our pages."""


class MenuWrong(Invalid):
    """The platform would not take this menu; ``fields["menu"]`` says why."""

    code, message = "menu_wrong", "菜单不符合平台要求"


class Menu(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """The menu of one channel; ``by`` changed it last."""

    id: str
    buttons: tuple[Button, ...]
    by: str
    at: datetime


class MenuCompared(msgspec.Struct, frozen=True):
    """Ours as the platform will have it, what it has now, and the lines in which they differ
    (``+`` ours, ``-`` theirs).
    """

    ours: tuple[Button, ...]
    theirs: tuple[Button, ...]
    lines: list[str]


class Code(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """A permanent code: who scans ``url`` is led to what ``scene`` names."""

    id: str
    channel: str
    scene: str
    url: str
    at: datetime
