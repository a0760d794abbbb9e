"""Orders and refunds by a person over JSON, for finance; the console's pages call the same
services.
"""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from booking.payments import service as payments
from booking.payments.model import InsuredWhole, Order, Share
from booking.postings import service as postings
from booking.postings.model import Posting
from booking.refunding import service
from booking.refunding.model import Asked, OwnRefund, Request
from wx_backend.base.api import Call, calls, shown
from wx_backend.base.errors import (
    GatewayBusy,
    GatewayRefused,
    GatewayUnknown,
    Invalid,
    NotFound,
    WrongState,
)
from wx_backend.base.forms import Form, Text
from wx_backend.base.handler import ApiHandler, staff
from wx_backend.gateways.paying import PlatformLimited

EACH = 50
PATH = "/api/v1/orders"


class OrderQuery(Form):
    """One of ``number`` and ``day`` at least; a page has 50 orders."""

    number: Annotated[str, Text(max_length=64)] = ""
    day: date | None = None
    state: Annotated[str, Text(max_length=20)] = ""
    page: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1


class OrderSearch(Form):
    """As ``OrderQuery``, and ``who``: a patient's identity, phone or record number; ``unposted``:
    only those of which the HIS's books lack something.
    """

    number: Annotated[str, Text(max_length=64)] = ""
    day: date | None = None
    state: Annotated[str, Text(max_length=20)] = ""
    who: Annotated[str, Text(max_length=40)] = ""
    unposted: bool = False
    page: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1


class CashForm(Form):
    """What was handed over, in fen: all the cash that was asked back."""

    amount_fen: Annotated[int, msgspec.Meta(ge=1, le=10_000_000_000)]


class RefundForm(Form):
    """A part of what is kept, in fen, and why."""

    amount_fen: Annotated[int, msgspec.Meta(ge=1, le=10_000_000_000)]
    why: Annotated[str, Text(min_length=2, max_length=80)]


class DecisionForm(Form):
    """``words``: why not."""

    version: int
    verdict: Literal["approve", "decline"]
    words: Annotated[str, Text(max_length=80)] = ""


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts in fen."""

    id: str
    title: str
    purpose: dict[str, str]
    references: list[str]
    amount_fen: int
    paid_fen: int
    refunded_fen: int
    state: str


class OrderPage(msgspec.Struct, frozen=True):
    items: list[OrderLine]
    total: int


class AttemptShown(msgspec.Struct, frozen=True, kw_only=True):
    no: str
    method: str
    fen: int
    state: str
    transaction: str | None


class RefundShown(msgspec.Struct, frozen=True, kw_only=True):
    no: str
    attempt: str
    fen: int
    reason: str
    state: str


class OrderShown(msgspec.Struct, frozen=True, kw_only=True):
    """One order with everything that became of its money; ``shares``: by payer, in fen.
    ``standing``: of an insured one, where both halves are; empty of another.
    """

    order: OrderLine
    version: int
    standing: str
    shares: list[Share]
    attempts: list[AttemptShown]
    refunds: list[RefundShown]
    postings: list[shown(Posting)]
    requests: list[shown(Request)]


def line(one: Order) -> OrderLine:
    ledger = one.ledger()
    return OrderLine(
        id=one.id,
        title=one.title,
        purpose=one.purpose,
        references=list(one.references),
        amount_fen=one.amount_fen,
        paid_fen=ledger.paid_fen,
        refunded_fen=ledger.refunded_fen,
        state=one.state,
    )


def plain(value: Any, kind: type) -> Any:
    return msgspec.convert(value, kind, from_attributes=True)


class _Search(ApiHandler):
    access = staff("orders:read")

    async def answer_page(self, asked: Asked, page: int) -> None:
        found, total = await service.find(self.ctx, asked, EACH, (page - 1) * EACH)
        self.answer(OrderPage([line(one) for one in found], total))


class Orders(_Search):
    """``GET``: two calls, audited."""

    api = calls(get=Call(does="查询订单", query=OrderQuery, answer=OrderPage))

    async def get(self) -> None:
        asked = self.query(OrderQuery)
        wanted = Asked(number=asked.number, day=asked.day, state=asked.state)
        await self.answer_page(wanted, asked.page)


class Search(_Search):
    """``POST``: also by a patient's number, which is in no address and no log. Up to eight calls,
    audited.
    """

    api = calls(
        post=Call(does="按患者或入账情况查询订单", form=OrderSearch, answer=OrderPage,
                  refuses=(Invalid,))
    )  # fmt: skip

    async def post(self) -> None:
        asked = self.form(OrderSearch)
        wanted = Asked(
            number=asked.number, day=asked.day, state=asked.state, who=asked.who,
            unposted=asked.unposted,
        )  # fmt: skip
        await self.answer_page(wanted, asked.page)


class OneOrder(ApiHandler):
    """``GET``: three calls, audited."""

    access = staff("orders:read")
    api = calls(get=Call(does="订单的支付、退款与入账", answer=OrderShown, refuses=(NotFound,)))

    async def get(self, key: str) -> None:
        one = await payments.order(self.ctx, key)
        await self.house.audit.record(self.ctx, "orders:order:shown", key)
        ledger = one.ledger()
        self.answer(
            OrderShown(
                order=line(one),
                version=one.version,
                standing=one.standing,
                shares=one.shares(),
                attempts=[plain(each, AttemptShown) for each in ledger.attempts.values()],
                refunds=[plain(each, RefundShown) for each in ledger.refunds.values()],
                postings=[
                    plain(each, shown(Posting)) for each in await postings.of_order(self.ctx, key)
                ],
                requests=[
                    plain(each, shown(Request)) for each in await service.of_order(self.ctx, key)
                ],
            )
        )


class AskPlatform(ApiHandler):
    """``POST`` asks what has become of an attempt or refund, and writes down what is said."""

    access = staff("refunds:settle")
    api = calls(
        post=Call(
            does="向支付平台查询一笔支付或退款", answer=OrderLine,
            refuses=(NotFound, GatewayUnknown, GatewayRefused, GatewayBusy, PlatformLimited),
        )
    )  # fmt: skip

    async def post(self, ref: str) -> None:
        self.answer(line(await payments.recheck(self.ctx, ref)))


class CashBack(ApiHandler):
    """``POST``: the cash that was asked back has been handed over. A repeat changes nothing."""

    access = staff("orders:refund")
    api = calls(
        post=Call(
            does="登记退现金", form=CashForm, answer=OrderLine, refuses=(NotFound, Invalid)
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        handed = self.form(CashForm).amount_fen
        self.answer(line(await service.cash_handed_over(self.ctx, key, handed)))


class AskRefund(ApiHandler):
    """``POST`` gives a part back, or asks somebody else to agree."""

    access = staff("orders:refund")
    api = calls(
        post=Call(
            does="人工退款（超过限额须另一人复核）", form=RefundForm, answer=shown(Request),
            key=True, refuses=(NotFound, Invalid, InsuredWhole),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(RefundForm)
        press = self.idempotency_key()
        asked = await service.ask(self.ctx, key, form.amount_fen, form.why, press)
        self.answer(plain(asked, shown(Request)))


class Decide(ApiHandler):
    """``POST`` agrees to another's refund, or does not."""

    access = staff("orders:refund")
    api = calls(
        post=Call(
            does="复核退款", form=DecisionForm, answer=shown(Request),
            refuses=(NotFound, OwnRefund, WrongState, Invalid),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(DecisionForm)
        if form.verdict == "approve":
            done = await service.approve(self.ctx, key, form.version)
        else:
            done = await service.decline(self.ctx, key, form.version, form.words)
        self.answer(plain(done, shown(Request)))


routes = [
    (PATH, Orders),
    (f"{PATH}/search", Search),
    (rf"{PATH}/([a-z0-9]+)", OneOrder),
    (rf"{PATH}/([a-z0-9]+)/refunds", AskRefund),
    (rf"{PATH}/([a-z0-9]+)/cash-back", CashBack),
    (r"/api/v1/payments/([a-z0-9]+)/check", AskPlatform),
    (r"/api/v1/refund-requests/([a-z0-9]+)/decision", Decide),
]
