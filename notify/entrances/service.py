"""The ways from a service account into our pages: menu, codes, answers to who writes or scans."""

from notify.entrances import answers, menus, scenes, store
from notify.entrances.model import DEFAULT_MENU, Code, Menu, MenuCompared
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound
from wx_backend.base.words import Say, as_written
from wx_backend.directory.departments import service as departments
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel, NoChannel
from wx_backend.gateways.wechat.port import (
    SCAN,
    SCAN_AND_FOLLOW,
    AccountEvent,
    AccountUpkeep,
    Button,
    Reply,
)

PLATFORM = "wechat"
"""Only a service account has a menu, codes and answers of this kind."""

WRITTEN = "message.text"
FOLLOWED = "subscribe"
ANSWERED = frozenset({FOLLOWED, SCAN, SCAN_AND_FOLLOW, "click", WRITTEN})


async def menu(ctx: Ctx, channel: Channel) -> tuple[Button, ...]:
    """The channel's menu as it is kept, ours by default; addresses are paths of our pages."""
    kept: Menu | None = await store.menu(ctx, channel.id)
    return kept.buttons if kept else DEFAULT_MENU


async def keep_menu(ctx: Ctx, channel: Channel, buttons: tuple[Button, ...]) -> None:
    """Puts this menu in the place of the channel's; users see it once it is published. Audited.

    Raises:
        MenuWrong: the platform would refuse it.
    """
    menus.check(buttons)
    await store.put_menu(ctx, channel.id, buttons)
    await ctx.house.audit.record(ctx, "entrances:menu:changed", channel.id)


async def compare(ctx: Ctx, channel: Channel, say: Say = as_written) -> MenuCompared:
    """Our menu beside the one that users see now; one call to the platform.

    Raises:
        NoChannel: not a service account.
        ChannelUnusable, GatewayBusy, GatewayRefused, GatewayUnknown: theirs cannot be seen.
    """
    ours = menus.addressed(await menu(ctx, channel), ctx.house.settings.public_url)
    theirs = await (await _upkeep(ctx, channel)).menu()
    return MenuCompared(ours, theirs, menus.difference(theirs, ours, say))


async def publish(ctx: Ctx, channel: Channel) -> None:
    """Gives our menu to the platform; phones show it within minutes. Audited; may be repeated.

    Raises:
        MenuWrong: the platform would refuse it.
        NoChannel, ChannelUnusable, GatewayBusy, GatewayRefused, GatewayUnknown: as ``compare``.
    """
    buttons = await menu(ctx, channel)
    menus.check(buttons)
    ours = menus.addressed(buttons, ctx.house.settings.public_url)
    await (await _upkeep(ctx, channel)).set_menu(ours)
    await ctx.house.audit.record(ctx, "entrances:menu:published", channel.id)


async def code(ctx: Ctx, channel: Channel, kind: str, key: str) -> Code:
    """The permanent code of a doctor (``d``) or department (``u``), made once for each channel.

    Raises:
        NotFound: no such doctor or department.
        NoChannel, ChannelUnusable, GatewayBusy, GatewayRefused, GatewayUnknown: as ``compare``.
    """
    find = {scenes.DOCTOR: departments.doctor, scenes.DEPARTMENT: departments.department}
    if kind not in find:
        raise NotFound()
    await find[kind](ctx, key)
    scene = scenes.scene_of(kind, key)
    if made := await store.code(ctx, channel.id, scene):
        return made
    url = await (await _upkeep(ctx, channel)).scene_code(scene)
    await ctx.house.audit.record(ctx, "entrances:code:made", channel.id, scene=scene)
    return await store.add_code(ctx, channel.id, scene, url)


async def codes(ctx: Ctx, channel: Channel) -> dict[str, Code]:
    """The codes that the channel has, by scene."""
    return {one.scene: one for one in await store.codes(ctx, channel.id)}


async def _upkeep(ctx: Ctx, channel: Channel) -> AccountUpkeep:
    if channel.platform != PLATFORM:
        raise NoChannel(platform=PLATFORM)
    return (await institutions.wechat(ctx, channel)).upkeep


written_menu = menus.write
read_menu = menus.read
menu_lines = menus.lines
"""A menu as a text that people change, and as one that they read."""


async def reply(ctx: Ctx, channel: Channel, event: AccountEvent) -> Reply | None:
    """What the account answers at once; None when it says nothing. From memory, no round trip."""
    if channel.platform != PLATFORM or event.kind not in ANSWERED:
        return None
    home = ctx.house.settings.public_url
    if event.scene:
        return await _scanned(ctx, event, home)
    if event.kind == FOLLOWED:
        return answers.everything(await institutions.institution(ctx), home, welcome=True)
    said = event.text if event.kind == WRITTEN else event.event_key or ""
    return await _said(ctx, said.strip(), home)


async def _scanned(ctx: Ctx, event: AccountEvent, home: str) -> Reply:
    """The page of whom the code names, who may have left since it was printed."""
    try:
        return await _page_of(ctx, event.scene, home)
    except NotFound:
        here = await institutions.institution(ctx)
        return answers.everything(here, home, welcome=event.kind == SCAN_AND_FOLLOW)


async def _page_of(ctx: Ctx, scene: str, home: str) -> Reply:
    """Raises NotFound: none of our codes, or nobody of this name works here."""
    kind, key = scenes.meant_by_scene(scene) or ("", "")
    if kind != scenes.DOCTOR:
        return answers.department(await departments.department(ctx, key), home)
    one = await departments.doctor(ctx, key)
    return answers.doctor(one, await departments.department(ctx, one.department_id), home)


async def _said(ctx: Ctx, text: str, home: str) -> Reply:
    if scenes.urgent(text):
        return answers.URGENT
    if text and len(text) <= scenes.LONGEST and (named := await _named(ctx, text, home)):
        return named
    if way := scenes.meant_by(text):
        return answers.page(way.name, way.path, home)
    return answers.everything(await institutions.institution(ctx), home)


async def _named(ctx: Ctx, text: str, home: str) -> Reply | None:
    found = await departments.search(ctx, text)
    match list(found.departments), list(found.doctors):
        case [], []:
            return None
        case [unit], []:
            return answers.department(unit, home)
        case [], [one]:
            unit = await departments.department(ctx, one.department_id)
            return answers.doctor(one, unit, home)
        case units, doctors:
            return answers.several(units, doctors, home)
