"""Orders looked for: by number, day, state, patient, or because the HIS does not have their money.
What is asked travels in the body, so that no address or log keeps a number of a person.
"""

from datetime import date

from booking.appointments import service as appointments
from booking.appointments.model import Wanted
from booking.payments import service as payments
from booking.payments.model import Sought
from booking.postings import service as postings
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.handler import staff
from wx_backend.entrypoints.web.console import money
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage
from wx_backend.identity.patients import service as patients

PATH = "/console/orders"
EACH = 50
VISITS = 500
"""Appointments of a patient whose orders are looked for."""
FIELDS = ("number", "day", "state", "who", "unposted")


class Orders(ConsolePage):
    """``GET`` shows today's; ``POST number= day= state= who= unposted= page=`` searches. Up to
    eight calls.
    """

    access = staff("orders:read")
    here = "orders"

    async def get(self) -> None:
        today = self.ctx.today(self.zone).isoformat()
        await self._list({**dict.fromkeys(FIELDS, ""), "day": today}, 1)

    async def post(self) -> None:
        asked = {name: self.get_body_argument(name, "").strip()[:64] for name in FIELDS}
        number = self.get_body_argument("page", "1")
        await self._list(asked, int(number) if number.isdigit() else 1)

    async def _list(self, asked: dict[str, str], page: int) -> None:
        page, wrong, found, total = min(max(page, 1), 1000), {}, [], 0
        try:
            sought = await self._sought(asked)
            found, total = await payments.search(self.ctx, sought, EACH, (page - 1) * EACH)
        except AppError as refused:
            if not refused.data.get("fields"):
                raise
            wrong = refused.data["fields"]
        booked = await postings.of_orders(self.ctx, [one.id for one in found])
        await self.show(
            "orders.html",
            422 if wrong else 200,
            rows=[(one, one.ledger(), money.standing(booked[one.id])) for one in found],
            total=total,
            page=page,
            pages=max(1, -(-total // EACH)),
            wrong="；".join(wrong.values()),
            path=PATH,
            states=money.ORDERS,
            tones=money.ORDER_TONES,
            postings=money.POSTINGS,
            posting_tones=money.POSTING_TONES,
            asked=asked,
            zone=self.zone,
        )

    async def _sought(self, asked: dict[str, str]) -> Sought:
        state = asked["state"] if asked["state"] in money.ORDERS else ""
        day = _day(asked["day"])
        if asked["unposted"]:
            keys = await postings.unposted(self.ctx)
            return Sought(number=asked["number"], day=day, state=state, accounts=(), orders=keys)
        if not asked["who"]:
            return Sought(number=asked["number"], day=day, state=state)
        known = await patients.look_up(self.ctx, asked["who"])
        accounts = await patients.accounts_for(self.ctx, [one.patient_id for one in known])
        visits, _ = await appointments.search(self.ctx, Wanted(who=asked["who"]), VISITS)
        return Sought(
            number=asked["number"],
            day=day,
            state=state,
            accounts=tuple(accounts),
            orders=tuple(sorted({payments.order_id(one.purpose) for one in visits})),
        )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(fields={"day": "请选择日期"}) from None
