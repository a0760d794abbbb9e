"""What people do about money that the HIS has not booked, over JSON; the console's pages call the
same services.
"""

from typing import Annotated, Literal

import msgspec

from booking.payments.model import SHORTEST
from booking.postings import service
from booking.postings.model import Posting
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
from wx_backend.directory.institutions.model import NoChannel

PATH = r"/api/v1/postings/([a-z0-9]+)"
WhyText = Annotated[str, Text(min_length=SHORTEST, max_length=200)]


class PostingForm(Form):
    """``again``: the HIS is told once more; ``settle``: seen to by hand."""

    version: int
    act: Literal["again", "settle"]
    why: WhyText


class BackForm(Form):
    """``why``: the HIS will not book it."""

    version: int
    why: WhyText


class _Act(ApiHandler):
    access = staff("refunds:settle")

    def done(self, posting: Posting) -> None:
        self.answer(msgspec.convert(posting, shown(Posting), from_attributes=True))


class DecidePosting(_Act):
    """``POST`` decides about what the HIS would not book."""

    api = calls(
        post=Call(
            does="处理未入账的款项", form=PostingForm, answer=shown(Posting),
            refuses=(NotFound, WrongState, Invalid),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(PostingForm)
        do = {"again": service.again, "settle": service.settle}[form.act]
        self.done(await do(self.ctx, key, form.version, form.why))


class AskPosting(_Act):
    """``POST`` asks the HIS now whether it has it."""

    api = calls(
        post=Call(
            does="向医院系统查询是否入账", answer=shown(Posting),
            refuses=(NotFound, NoChannel, GatewayUnknown, GatewayBusy, GatewayRefused),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        self.done(await service.ask(self.ctx, key))


class GiveBack(_Act):
    """``POST`` gives a payment that the HIS will not book back to who paid."""

    access = staff("orders:refund")
    api = calls(
        post=Call(
            does="医院系统不能入账的款项原路退回", form=BackForm, answer=shown(Posting),
            refuses=(NotFound, WrongState, Invalid),
        )
    )  # fmt: skip

    async def post(self, key: str) -> None:
        form = self.form(BackForm)
        self.done(await service.give_back(self.ctx, key, form.version, form.why))


routes = [(PATH, DecidePosting), (rf"{PATH}/ask", AskPosting), (rf"{PATH}/back", GiveBack)]
