"""Numbers made from the timetable because somebody asked for it: how far, what came of it, stop."""

from booking.timetables import service as timetables
from booking.timetables.model import Making, MakingUnderWay
from wx_backend.base.errors import AppError
from wx_backend.entrypoints.web.console.pages.act import Act
from wx_backend.entrypoints.web.console.pages.templates import PATH as TEMPLATES
from wx_backend.entrypoints.web.console.pages.templates import Preview, TemplatePage
from wx_backend.identity.staff import service as members

PATH = f"{TEMPLATES}/generate"
STATES = {
    "WAITING": "排队中",
    "RUNNING": "生成中",
    "DONE": "已完成",
    "FAILED": "未完成",
    "CANCELLED": "已取消",
}
TONES = {"WAITING": "warn", "RUNNING": "warn", "DONE": "ok", "FAILED": "danger"}


class _Page(TemplatePage):
    async def names(self, found: list[Making]) -> dict[str, str]:
        """Who asked for them."""
        known = await members.members(self.ctx, {one.by for one in found}) if found else {}
        return {key: one.name for key, one in known.items()}


class Makings(_Page, Preview):
    """``GET``: the last ones that were asked for; ``POST until= line= redo=``: the numbers that the
    preview has shown are made, by a worker.
    """

    async def get(self) -> None:
        found = await timetables.makings(self.ctx)
        await self.show(
            "makings.html",
            found=found,
            names=await self.names(found),
            states=STATES,
            tones=TONES,
            path=PATH,
            back=f"{TEMPLATES}/preview",
            zone=self.zone,
        )

    async def post(self) -> None:
        last = self.until(await timetables.horizon(self.ctx))
        line = await self.line()
        try:
            asked = await timetables.ask_making(self.ctx, last, line, self.redo)
        except MakingUnderWay as error:
            self.say(error.message, f"{PATH}/{error.data['making']}")
        except AppError as error:
            self.say(error.message, f"{TEMPLATES}/preview")
        else:
            self.go(f"{PATH}/{asked.id}")


class OneMaking(_Page):
    """``GET``: how far it is, then what it did; asks again by itself while it is under way."""

    async def get(self, key: str) -> None:
        await self.show_one(key)

    async def show_one(self, key: str, error: AppError | None = None) -> None:
        one = await timetables.making_asked(self.ctx, key)
        await self.show(
            "making.html",
            error.status if error else 200,
            error=error.message if error else "",
            one=one,
            names=await self.names([one]),
            states=STATES,
            tones=TONES,
            path=PATH,
            preview=self.address(
                f"{TEMPLATES}/preview",
                line=one.line,
                until=one.last,
                redo="1" if one.redo else "",
            ),
            zone=self.zone,
        )


class CancelMaking(Act, OneMaking):
    """``POST``: it stops after the date that it is at."""

    path = PATH

    async def act(self, key: str) -> str:
        await timetables.cancel_making(self.ctx, key)
        return "已取消"
