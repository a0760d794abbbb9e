"""Orders looked for: by number, day, state, patient, or because the HIS does not have their money.
What is asked travels in the body, so that no address or log keeps a number of a person.
"""

from datetime import date

from booking.payments.model import Order
from booking.postings import service as postings
from booking.refunding import service as refunding
from booking.refunding.model import Asked
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.handler import staff
from wx_backend.base.words import Say
from wx_backend.entrypoints.web.console import exports, money
from wx_backend.entrypoints.web.console.pages.shared import ConsolePage

PATH = "/console/orders"
EACH = 50
HEADS = (
    "订单编号", "项目", "用途", "应付（元）", "已付（元）", "已退（元）", "退款中（元）", "状态",
    "医院入账", "收退款日期", "医院单号",
)  # fmt: skip
FIELDS = ("number", "day", "state", "who", "unposted")


class Orders(ConsolePage):
    """``GET`` shows today's; ``POST number= day= state= who= unposted= page=`` searches; with
    ``export=`` the answer is a file. Up to eight calls.
    """

    access = staff("orders:read")
    here = "orders"

    async def get(self) -> None:
        today = self.ctx.today(self.zone).isoformat()
        await self._list({**dict.fromkeys(FIELDS, ""), "day": today}, 1)

    async def post(self) -> None:
        asked = {name: self.get_body_argument(name, "").strip()[:64] for name in FIELDS}
        if part := self.get_body_argument("export", ""):
            await self._export(asked, int(part) if part.isdecimal() else 1)
            return
        number = self.get_body_argument("page", "1")
        await self._list(asked, int(number) if number.isdigit() else 1)

    async def _list(self, asked: dict[str, str], page: int) -> None:
        page, wrong, found, total = min(max(page, 1), 1000), {}, [], 0
        try:
            wanted = self._asked(asked)
            found, total = await refunding.find(self.ctx, wanted, EACH, (page - 1) * EACH)
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
            wrong=self.listed(wrong),
            path=PATH,
            states=money.ORDERS,
            tones=money.ORDER_TONES,
            postings=money.POSTINGS,
            posting_tones=money.POSTING_TONES,
            asked=asked,
            parts=exports.parts(total) if found else [],
            zone=self.zone,
        )

    async def _export(self, asked: dict[str, str], part: int) -> None:
        skip = (max(part, 1) - 1) * exports.MOST
        found, _ = await refunding.find(self.ctx, self._asked(asked), exports.MOST, skip)
        booked = await postings.of_orders(self.ctx, [one.id for one in found])
        rows = [_row(one, money.standing(booked[one.id]), self.translate) for one in found]
        await self.send_file(f"orders-{asked['day'] or 'search'}", HEADS, rows)

    @staticmethod
    def _asked(fields: dict[str, str]) -> Asked:
        return Asked(
            number=fields["number"],
            day=_day(fields["day"]),
            state=fields["state"] if fields["state"] in money.ORDERS else "",
            who=fields["who"],
            unposted=bool(fields["unposted"]),
        )


def _row(one: Order, posted: str, say: Say) -> tuple[object, ...]:
    ledger = one.ledger()
    amounts = (one.amount_fen, ledger.paid_fen, ledger.refunded_fen, ledger.refunding_fen)
    return (
        one.id, one.title, say(money.PURPOSES.get(one.purpose["kind"], one.purpose["kind"])),
        *(exports.money(fen) for fen in amounts), say(money.ORDERS.get(one.state, one.state)),
        say(money.POSTINGS.get(posted, "")), say("、").join(one.days),
        say("、").join(one.references),
    )  # fmt: skip


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(fields={"day": "请选择日期"}) from None
