"""Whom a channel cannot reach for the time being: not following, or refusing our messages.

Kept a day, then tried again; following the account again opens it at once.
"""

from datetime import timedelta

from notify.messages import store
from wx_backend.base import ids
from wx_backend.base.context import Ctx

DAYS = 1


async def unreachable(ctx: Ctx, appid: str, openid: str) -> str | None:
    """The reason, or None when a message can be tried. One read."""
    return await store.unreachable(ctx, _key(appid, openid))


async def close_off(ctx: Ctx, appid: str, openid: str, reason: str) -> None:
    """The platform said that this person does not take our messages."""
    await store.close_off(ctx, _key(appid, openid), reason, ctx.now() + timedelta(days=DAYS))


async def open_up(ctx: Ctx, appid: str, openid: str) -> None:
    """The person follows the account (again)."""
    await store.open_up(ctx, _key(appid, openid))


def _key(appid: str, openid: str) -> str:
    return ids.derive("rch", appid, openid)
