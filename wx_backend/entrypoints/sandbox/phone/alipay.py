"""The patient's Alipay under `/__alipay/`: the hospital's page in it, and its pay sheet."""

import json
from typing import Any

from wx_backend.entrypoints.sandbox import books, people
from wx_backend.entrypoints.sandbox.alipay import payers
from wx_backend.entrypoints.sandbox.alipay.authorize import AlipayAuthorize
from wx_backend.entrypoints.sandbox.alipay.trades import OPEN, over
from wx_backend.entrypoints.sandbox.pay_views import yuan
from wx_backend.entrypoints.sandbox.phone import codes
from wx_backend.entrypoints.sandbox.phone.owner import ALIPAY
from wx_backend.entrypoints.sandbox.phone.pay_sheet import PaySheet, failed
from wx_backend.entrypoints.sandbox.phone.shell import (
    DEFAULT_MENU,
    InPhone,
    Owner,
    PhoneHandler,
    face,
)
from wx_backend.entrypoints.sandbox.store import Row

NEWEST = 50


class InAlipay(PhoneHandler):
    client = ALIPAY


class Page(InAlipay):
    def get(self) -> None:
        self.render("alipay_phone.html", name=self.box.config.name)


class State(InAlipay):
    """All that the phone shows; asked twice a second."""

    def get(self) -> None:
        person = self.client.owner(self)
        mine = books.messages(self.box.store, payers.open_id(person)) if person else []
        self.answer(
            {
                "person": face(person) if person else None,
                "people": [face(each) for each in people.PEOPLE if not each.snapshot],
                "menu": [
                    {"name": one["name"], "url": self.inside(one["url"])} for one in DEFAULT_MENU
                ],
                "codes": codes.alipay(
                    self.box.store, f"http://{self.request.host_name}:{self.platform_port}"
                ),
                "messages": [self._message(row) for row in mine[-NEWEST:]],
            }
        )

    def _message(self, row: dict[str, Any]) -> dict[str, Any]:
        template = self.box.alipay_messages.titled(row["template_id"])
        words = [row["data"][f"keyword{n}"]["value"] for n, _ in enumerate(template.fields, 1)]
        return {
            "id": row["msgid"], "at": row["at"], "kind": "template", "text": [],
            "title": template.title,
            "rows": list(zip(template.fields.values(), words, strict=True)),
            "url": self.inside(row["url"]) if row["url"] else "",
        }  # fmt: skip


class BecomePayer(Owner):
    client = ALIPAY


class PhoneAuthorize(InPhone, AlipayAuthorize):
    app = ALIPAY


class TradeSheet(PaySheet):
    """The parameters of `tradePay`: `{tradeNO}`."""

    client = ALIPAY

    def payable(self, params: dict[str, Any]) -> Row:
        """The open trade of this number, made for this owner."""
        trade = self.box.trades.find("trade_no", str(params.get("tradeNO", "")))
        if trade is None:
            raise failed("订单不存在")
        person = self.client.owner(self)
        if person is None or trade["buyer"] != payers.open_id(person):
            raise failed("交易买家不匹配")
        if over(trade):
            raise failed("订单已关闭")
        if trade["state"] != OPEN:
            raise failed("订单已支付或已关闭")
        return trade


class Show(TradeSheet):
    """What the sheet says before the password."""

    def post(self) -> None:
        trade = self.payable(self.body())
        goods = json.loads(trade["request"])["subject"]
        self.answer(
            {"amount": yuan(trade["total"]), "goods": goods, "merchant": self.box.config.name}
        )


class Confirm(TradeSheet):
    """The password was right."""

    def post(self) -> None:
        self.box.trades.pay(self.payable(self.body()))
        self.answer({"paid": True})


routes = [
    (r"/__alipay/", Page),
    (r"/__alipay/api/state", State),
    (r"/__alipay/api/owner", BecomePayer),
    (r"/__alipay/api/pay/show", Show),
    (r"/__alipay/api/pay/confirm", Confirm),
    (r"/__alipay/open/alipay/oauth2/publicAppAuthorize\.htm", PhoneAuthorize),
]
