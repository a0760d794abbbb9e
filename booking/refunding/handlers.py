"""Orders, refunds by a person and postings over JSON, for finance; the console's pages call the
same services.
"""

from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from booking.payments import service as payments
from booking.payments.model import Order, Sought
from booking.postings import service as postings
from booking.postings.model import Posting
from booking.refunding import service
from booking.refunding.model import OwnRefund, Request
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

EACH = 50
PATH = "/api/v1/orders"


class OrderQuery(Form):
    """One of ``number`` and ``day`` at least; a page has 50 orders."""

    number: Annotated[str, Text(max_length=64)] = ""
    day: date | None = None
    state: Annotated[str, Text(max_length=20)] = ""
    page: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1


class RefundForm(Form):
    """A part of what is kept, in fen, and why."""

    amount_fen: Annotated[int, msgspec.Meta(ge=1, le=10_000_000_000)]
    why: Annotated[str, Text(min_length=2, max_length=80)]


class DecisionForm(Form):
    """``words``: why not."""

    version: int
    verdict: Literal["approve", "decline"]
    words: Annotated[str, Text(max_length=80)] = ""


class PostingForm(Form):
    """``again``: the HIS is told once more; ``settle``: seen to by hand."""

    version: int
    act: Literal["again", "settle"]
    why: Annotated[str, Text(min_length=4, max_length=200)]


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
    """One order with everything that became of its money."""

    order: OrderLine
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


class Orders(ApiHandler):
    """``GET``: two calls, audited."""

    access = staff("orders:read")
    api = calls(get=Call(does="查询订单", query=OrderQuery, answer=OrderPage))

    async def get(self) -> None:
        asked = self.query(OrderQuery)
        sought = Sought(number=asked.number, day=asked.day, state=asked.state)
        found, total = await payments.search(self.ctx, sought, EACH, (asked.page - 1) * EACH)
        self.answer(OrderPage([line(one) for one in found], total))


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


class AskRefund(ApiHandler):
    """``POST`` gives a part back, or asks somebody else to agree."""

    access = staff("orders:refund")
    api = calls(
        post=Call(
            does="人工退款（超过限额须另一人复核）", form=RefundForm, answer=shown(Request),
            key=True, refuses=(NotFound, Invalid),
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


class DecidePosting(ApiHandler):
    """``POST`` decides about what the HIS would not book."""

    access = staff("refunds:settle")
    api = calls(
        post=Call(
            does="处理未入账的款项", form=PostingForm, answer=shown(Posting),
            refuses=(NotFound, WrongState, Invalid, GatewayUnknown, GatewayBusy, GatewayRefused),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(PostingForm)
        do = {"again": postings.again, "settle": postings.settle}[form.act]
        done = await do(self.ctx, key, form.version, form.why)
        self.answer(plain(done, shown(Posting)))


routes = [
    (PATH, Orders),
    (rf"{PATH}/([a-z0-9]+)", OneOrder),
    (rf"{PATH}/([a-z0-9]+)/refunds", AskRefund),
    (r"/api/v1/refund-requests/([a-z0-9]+)/decision", Decide),
    (r"/api/v1/postings/([a-z0-9]+)", DecidePosting),
]
