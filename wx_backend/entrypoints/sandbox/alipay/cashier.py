"""Alipay's cashier page, for a browser's payment and for a scanned code: plain forms, no script."""

import json

from tornado.web import RequestHandler

from wx_backend.entrypoints.sandbox.alipay.rules import AlipayError, business
from wx_backend.entrypoints.sandbox.box import Box
from wx_backend.entrypoints.sandbox.cashier import REMARKS
from wx_backend.entrypoints.sandbox.pay_views import yuan
from wx_backend.entrypoints.sandbox.store import Row

_STATES = {"WAIT_BUYER_PAY": "NOTPAY", "TRADE_CLOSED": "CLOSED", "TRADE_SUCCESS": "SUCCESS"}


class Cashier(RequestHandler):
    """GET shows the trade, POST `outcome` acts; afterwards back to the merchant if it asked so."""

    def initialize(self, box: Box) -> None:
        self.box = box

    def get(self, token: str) -> None:
        try:
            self._page(self._trade(token), "")
        except AlipayError as error:
            self._refused(error)

    def post(self, token: str) -> None:
        outcome = self.get_body_argument("outcome", "")
        try:
            trade = self._trade(token)
            if outcome == "pay":
                trade = self.box.trades.pay(trade, self.get_body_argument("buyer", None))
        except AlipayError as error:
            self._refused(error)
            return
        if outcome not in REMARKS and self._back:
            self.redirect(self._back, status=303)
        else:
            said = "支付成功" if outcome == "pay" else "已取消支付"
            self._page(trade, REMARKS.get(outcome, said))

    @property
    def _back(self) -> str:
        """Where the merchant wants the payer back; only web addresses."""
        url = self.get_query_argument("back", "")
        return url if url.startswith(("http://", "https://")) else ""

    def _trade(self, token: str) -> Row:
        trade = self.box.trades.find("token", token)
        if trade is None:
            raise business("TRADE_NOT_EXIST", "二维码或链接已失效")
        return self.box.trades.scan(trade)

    def _page(self, trade: Row, remark: str) -> None:
        shown = trade | {"state": _STATES[trade["state"]]}
        self.render(
            "cashier.html", title="支付宝", order=shown, yuan=yuan, remark=remark,
            return_to=self._back, name=self.box.config.name, means="余额",
            description=json.loads(trade["request"])["subject"], action=self.request.uri,
        )  # fmt: skip

    def _refused(self, error: AlipayError) -> None:
        self.render("refused.html", title="无法支付", text=error.words)


routes = [(r"/_alipay/([^/]+)", Cashier)]
