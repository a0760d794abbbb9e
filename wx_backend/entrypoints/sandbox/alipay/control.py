"""`/_ctl/alipay`: what tests, drills and ledgers ask of Alipay's side."""

from wx_backend.entrypoints.sandbox.alipay import notices, payers, trades, wire
from wx_backend.entrypoints.sandbox.alipay.rules import AlipayError
from wx_backend.entrypoints.sandbox.control import Control


class Books(Control):
    def get(self) -> None:
        self.answer(trades.books(self.box.store))


class Pay(Control):
    """A payer's act without a page: `{out_trade_no, person?}`; scans the code first. A trade made
    for nobody is paid by the first of the demo persons unless somebody is named."""

    def post(self) -> None:
        number = str(self.body().get("out_trade_no", ""))
        trade = self.box.trades.find("out_trade_no", number)
        if trade is None:
            raise ValueError(f"no trade {number!r}")
        buyer = payers.open_id(self.person()) if "person" in self.body() else None
        try:
            paid = self.box.trades.pay(self.box.trades.scan(trade), buyer)
        except AlipayError as error:
            raise ValueError(error.message) from None
        self.answer(notices.view(paid))


class AuthCode(Control):
    """What `my.getAuthCode` gives the mini-program of `{person}`."""

    def post(self) -> None:
        who = payers.open_id(self.person())
        self.answer({"code": self.box.tokens.new_code("alipay", who, "auth_base"), "open_id": who})


class PhoneNumber(Control):
    """What `my.getPhoneNumber` gives the mini-program of `{person, phone?}`."""

    def post(self) -> None:
        keys, phone = self.box.keys, self.body().get("phone") or self.person().phone
        content = {"code": "10000", "msg": "Success", "mobile": phone}
        self.answer({"response": wire.sealed(keys.alipay_key, keys.alipay_aes_key, content)})


class Subscribe(Control):
    """What `my.requestSubscribeMessage` does when `{person}` accepts `{templates}` (ids)."""

    def post(self) -> None:
        who, body = payers.open_id(self.person()), self.body()
        templates = [str(one) for one in body.get("templates", ())]
        if unknown := set(templates) - self.box.alipay_messages.mini.keys():
            raise ValueError(f"no templates {sorted(unknown)}")
        self.box.alipay_messages.subscribe(who, templates)
        self.answer({"subscribed": templates})


routes = [
    (r"/_ctl/alipay/books", Books),
    (r"/_ctl/alipay/pay", Pay),
    (r"/_ctl/alipay/auth_code", AuthCode),
    (r"/_ctl/alipay/phone_number", PhoneNumber),
    (r"/_ctl/alipay/subscribe", Subscribe),
]
