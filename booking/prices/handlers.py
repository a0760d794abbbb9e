"""The price catalogue over JSON; the pages call the same services."""

from booking.prices import service
from booking.prices.model import Page, PriceQuery
from wx_backend.base.api import Call, calls
from wx_backend.base.handler import ApiHandler, public


class Prices(ApiHandler):
    """``GET ?q=&category=&after=``: 30 items a page (1 call)."""

    access = public("what things cost is shown to everybody")
    api = calls(
        get=Call(does="价格查询（名称、拼音、首字母或编码）", query=PriceQuery, answer=Page)
    )

    async def get(self) -> None:
        self.answer(await service.search(self.ctx, self.query(PriceQuery)))


routes = [(r"/api/v1/prices", Prices)]
