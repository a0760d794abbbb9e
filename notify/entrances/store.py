"""Menus and codes of channels in MongoDB."""

from datetime import datetime

import msgspec

from notify.entrances.model import Code, Menu
from wx_backend.base import ids
from wx_backend.base.collection import Collection, Duplicate, Index
from wx_backend.base.context import Ctx
from wx_backend.gateways.wechat.port import Button

MENUS = Collection("menus", retention="forever")
CODES = Collection(
    "scene_codes", retention="forever", indexes=(Index("channel", (("inst", 1), ("channel", 1))),)
)


async def menu(ctx: Ctx, channel_id: str) -> Menu | None:
    doc = await ctx.db(MENUS).get(channel_id)
    return msgspec.convert(doc, Menu) if doc else None


async def put_menu(ctx: Ctx, channel_id: str, buttons: tuple[Button, ...]) -> None:
    fields = {"buttons": msgspec.to_builtins(buttons), "by": str(ctx.actor), "at": ctx.now()}
    await ctx.db(MENUS).put(channel_id, fields)


async def code(ctx: Ctx, channel_id: str, scene: str) -> Code | None:
    doc = await ctx.db(CODES).get(_key(channel_id, scene))
    return msgspec.convert(doc, Code) if doc else None


async def add_code(ctx: Ctx, channel_id: str, scene: str, url: str) -> Code:
    """The code of this scene: the given one, or that of who was first."""
    made = Code(id=_key(channel_id, scene), channel=channel_id, scene=scene, url=url, at=ctx.now())
    try:
        await ctx.db(CODES).insert(msgspec.to_builtins(made, builtin_types=(datetime,)))
    except Duplicate:
        return await code(ctx, channel_id, scene) or made
    return made


async def codes(ctx: Ctx, channel_id: str) -> list[Code]:
    docs = await ctx.db(CODES).find({"channel": channel_id}, sort=[("_id", 1)])
    return [msgspec.convert(doc, Code) for doc in docs]


def _key(channel_id: str, scene: str) -> str:
    return ids.derive("qrc", channel_id, scene)
