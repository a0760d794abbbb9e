"""How far the business clock is moved, kept in MongoDB so that all processes move together."""

from contextlib import suppress
from datetime import timedelta

from wx_backend.base.collection import META, Duplicate
from wx_backend.base.context import House
from wx_backend.base.errors import Forbidden

KEY = "business_clock"


async def refresh(house: House) -> timedelta:
    """Takes over the stored offset; one call. Every process does this each second."""
    stored = await house.db.scoped(META, None).get(KEY)
    house.business.offset = timedelta(milliseconds=stored["offset_ms"] if stored else 0)
    return house.business.offset


async def move(house: House, delta: timedelta) -> timedelta:
    """Moves the business clock of all processes by ``delta``; returns the whole offset.

    Raises:
        Forbidden: in production, whose clock is the real one.
    """
    if house.settings.env == "production":
        raise Forbidden("正式环境不能调整业务时间")
    meta = house.db.scoped(META, None)
    with suppress(Duplicate):
        await meta.insert({"_id": KEY, "offset_ms": 0})
    await meta.change({"_id": KEY}, {"$inc": {"offset_ms": delta // timedelta(milliseconds=1)}})
    return await refresh(house)
