"""The price catalogue: what patients find in it, and fetching it from the HIS."""

from booking.prices import service as prices
from booking.prices.model import ImportRunning, PriceQuery
from wx_backend.base.errors import AppError, NotFound
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.entrypoints.web.patient import paths

PATH = "/console/prices"
STATES = {
    "WAITING": "排队中",
    "RUNNING": "导入中",
    "DONE": "已完成",
    "FAILED": "未完成",
    "CANCELLED": "已取消",
}


class Prices(ConsolePage):
    """``GET ?q=&category=&after=``: items as patients find them, and the last imports; 4 calls."""

    access = staff("prices:change")
    here = "prices"

    async def get(self) -> None:
        known = {name: self.asked(name)[:64] for name in PriceQuery.__struct_fields__}
        page = await prices.search(self.ctx, PriceQuery(**known))
        onward = paths.prices(known["q"], known["category"], page.after) if page.after else ""
        await self.show(
            "prices.html",
            asked=known,
            items=page.items,
            onward=onward.replace(paths.PRICES, PATH, 1),
            categories=[(one, one) for one in await prices.categories(self.ctx)],
            count=await prices.count(self.ctx),
            imports=await prices.imports(self.ctx),
            states=STATES,
            key=self.new_key(),
            path=PATH,
            zone=self.zone,
        )


class Import(ConsolePage):
    """``POST``: the catalogue is fetched as soon as a worker looks; one at a time."""

    access = staff("prices:change")
    here = "prices"

    async def get(self) -> None:
        self.go(PATH)

    async def post(self) -> None:
        try:
            await prices.import_now(self.ctx, self.idempotency_key())
        except ImportRunning as refused:
            self.say(refused.message, PATH)
        else:
            self.say("已开始导入", PATH)


class CancelImport(ConsolePage):
    """``POST``: one that waits or is under way stops; what it has brought stays."""

    access = staff("prices:change")
    here = "prices"

    async def get(self, key: str) -> None:
        self.go(PATH)

    async def post(self, key: str) -> None:
        try:
            await prices.cancel(self.ctx, key)
        except NotFound:
            raise
        except AppError as refused:
            self.say(refused.message, PATH)
        else:
            self.say("导入已取消", PATH)
