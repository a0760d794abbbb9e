"""价格查询: what the hospital charges for, before anybody signs in."""

from booking.prices import service as prices
from booking.prices.model import PriceQuery
from wx_backend.base.handler import public
from wx_backend.entrypoints.web.patient import bill_views, billed, paths, views
from wx_backend.entrypoints.web.patient.pages.shared import PatientPage


class Prices(PatientPage):
    """``GET ?q=&category=&after=``: 2 calls."""

    access = public("what things cost is shown to everybody")

    async def get(self) -> None:
        names = PriceQuery.__struct_fields__
        asked = PriceQuery(**{name: self.get_query_argument(name, "")[:64] for name in names})
        page, known = await prices.search(self.ctx, asked), await prices.categories(self.ctx)
        everything = views.Choice(
            label=self.words.everything, href=paths.prices(asked.q), current=not asked.category
        )
        chips = (
            views.Choice(label=one, href=paths.prices(asked.q, one), current=one == asked.category)
            for one in known
        )
        more = paths.prices(asked.q, asked.category, page.after) if page.after else ""
        view = bill_views.Prices(
            query=asked.q,
            category=asked.category,
            categories=(everything, *chips),
            rows=tuple(billed.price(one) for one in page.items),
            more_href=more,
        )
        self.show("prices/page.html", view)
