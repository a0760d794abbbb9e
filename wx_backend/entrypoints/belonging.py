"""Whose a database is: the demo's, whose people have a password that everybody may read, or a
hospital's. Neither is let into the other's.
"""

from collections.abc import Iterable

from wx_backend.base.collection import META
from wx_backend.base.context import House
from wx_backend.base.errors import AppError
from wx_backend.directory.institutions import service as institutions

DEMO = "demo"
"""The mark of a database into which the demo was loaded, in ``META``."""


class NotTheDemos(AppError):
    """The demo world goes into a database of its own."""

    code, status, message = "not_the_demos", 500, "这是医院的数据库，不能装载演示数据"


class DemoInside(AppError):
    """Production has no people of the demo."""

    code, status, message = "demo_inside", 500, "数据库中有演示数据和演示账号，不能用于正式环境"


async def take_for_demo(house: House, own: Iterable[str]) -> None:
    """Marks the database as the demo's, whose institutions ``own`` are; two calls, three at first.

    Raises:
        NotTheDemos: this is production, or an institution was there before the demo.
    """
    if house.settings.env == "production":
        raise NotTheDemos()
    meta = house.ctx(None).db(META)
    if await meta.get(DEMO):
        return
    await institutions.refresh(house)
    if strangers := {one.id for one in institutions.all_known(house)} - set(own):
        raise NotTheDemos(institutions=sorted(strangers))
    await meta.put(DEMO, {"institutions": sorted(own)})


async def refuse_demo(house: House) -> None:
    """Before production serves anybody; one call there. Raises DemoInside."""
    if house.settings.env == "production" and await house.ctx(None).db(META).get(DEMO):
        raise DemoInside()
