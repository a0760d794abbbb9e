"""What the platform takes as a menu, and how two menus differ (pure).

Source: protocols.md 1.8. Names are shown up to four Chinese characters on top and eight below;
what is longer is cut by the phone, so it is refused here.
"""

from collections.abc import Iterator
from difflib import ndiff

import msgspec

from notify.entrances.model import MenuWrong
from wx_backend.base.words import Filled, Say, Several, as_written
from wx_backend.gateways.wechat.port import Button

MOST, MOST_BELOW = 3, 5
WIDTH, WIDTH_BELOW = 8, 16
"""Of a name, in Latin letters; a Chinese character is two."""

KEY_BYTES, URL_BYTES = 128, 1024
DOES = {"view": "打开网页", "click": "自动回复", "miniprogram": "打开小程序"}
NEEDED = {"view": ("url",), "click": ("key",), "miniprogram": ("appid", "pagepath", "url")}


class _Written(msgspec.Struct, forbid_unknown_fields=True):
    button: tuple[Button, ...]


def read(text: str) -> tuple[Button, ...]:
    """From the platform's own form, ``{"button": […]}``. Raises MenuWrong: it is no menu."""
    try:
        return msgspec.json.decode(text, type=_Written).button
    except msgspec.DecodeError as error:
        raise MenuWrong(fields={"menu": Filled("读不出菜单：%(why)s", why=error)}) from None


def write(buttons: tuple[Button, ...]) -> str:
    """What ``read`` reads, for people."""
    return msgspec.json.format(msgspec.json.encode(_Written(buttons)), indent=2).decode()


def check(buttons: tuple[Button, ...]) -> None:
    """Raises MenuWrong with every reason."""
    if found := wrong(buttons):
        raise MenuWrong(fields={"menu": Several(found)})


def wrong(buttons: tuple[Button, ...]) -> list[str]:
    """Why the platform would refuse this menu, in words; empty when it takes it."""
    return list(_wrong(buttons))


def _wrong(buttons: tuple[Button, ...]) -> Iterator[str]:
    if not 1 <= len(buttons) <= MOST:
        yield Filled("一级菜单应有 1 到 %(most)s 个，现有 %(n)s 个", most=MOST, n=len(buttons))
    for top in buttons:
        yield from _named(top, WIDTH)
        if not top.sub_button:
            yield from _acts(top)
            continue
        if top.type:
            yield Filled("“%(name)s”有下级菜单，不能再有动作", name=top.name)
        if len(top.sub_button) > MOST_BELOW:
            words = "“%(name)s”最多 %(most)s 个下级菜单，现有 %(n)s 个"
            yield Filled(words, name=top.name, most=MOST_BELOW, n=len(top.sub_button))
        for one in top.sub_button:
            yield from _named(one, WIDTH_BELOW)
            yield from _acts(one)
            if one.sub_button:
                yield Filled("“%(name)s”已是下级菜单，不能再有下级", name=one.name)


def _named(button: Button, most: int) -> Iterator[str]:
    width = sum(1 if char.isascii() else 2 for char in button.name)
    if not button.name.strip():
        yield "菜单名称未填写"
    elif width > most:
        yield Filled("“%(name)s”过长，最多 %(most)s 个汉字", name=button.name, most=most // 2)


def _acts(button: Button) -> Iterator[str]:
    if button.type not in NEEDED:
        yield Filled(
            "“%(name)s”的类型 %(type)s 不可用，可用：%(types)s",
            name=button.name,
            type=button.type or "—",
            types="、".join(NEEDED),
        )
        return
    for name in NEEDED[button.type]:
        if not getattr(button, name):
            yield Filled("“%(name)s”缺少 %(part)s", name=button.name, part=name)
    if len(button.key.encode()) > KEY_BYTES:
        yield Filled("“%(name)s”的 key 超过 %(most)s 字节", name=button.name, most=KEY_BYTES)
    if button.url and not _address(button.url):
        yield Filled("“%(name)s”的网址应是本系统页面（以 / 开头）或 https 地址", name=button.name)


def _address(url: str) -> bool:
    ours = url.startswith("/") and not url.startswith("//")
    return (ours or url.startswith("https://")) and len(url.encode()) <= URL_BYTES


def addressed(buttons: tuple[Button, ...], home: str) -> tuple[Button, ...]:
    """With our pages under ``home``, as the platform wants them."""
    return tuple(
        msgspec.structs.replace(
            one,
            url=home + one.url if one.url.startswith("/") else one.url,
            sub_button=addressed(one.sub_button, home),
        )
        for one in buttons
    )


def lines(buttons: tuple[Button, ...], say: Say = as_written, depth: int = 0) -> list[str]:
    """The menu as people read it, one line for each button."""
    found = []
    for one in buttons:
        does = " ".join(
            filter(None, (say(DOES.get(one.type, "")), one.url, one.key, one.appid, one.pagepath))
        )
        found.append(f"{'  ' * depth}{one.name}{f' → {does}' if does else ''}")
        found += lines(one.sub_button, say, depth + 1)
    return found


def difference(
    theirs: tuple[Button, ...], ours: tuple[Button, ...], say: Say = as_written
) -> list[str]:
    """Lines that only they (``-``) or only we (``+``) have; empty when the menus are the same."""
    return [line for line in ndiff(lines(theirs, say), lines(ours, say)) if line[0] in "+-"]
