"""Cashier pages in a browser: plain forms, no script. WeChat Pay's is the one behind `h5_url`."""

from abc import ABC, abstractmethod

from tornado.web import RequestHandler

from wx_backend.entrypoints.sandbox import clock, pay_rules
from wx_backend.entrypoints.sandbox.box import Box
from wx_backend.entrypoints.sandbox.pay_rules import PayError
from wx_backend.entrypoints.sandbox.pay_views import yuan
from wx_backend.entrypoints.sandbox.store import Row

REMARKS = {
    "wrong_password": "支付密码错误，请重试",
    "timeout": "网络超时，本次没有扣款。请返回商户确认结果或重试",
}


class CashierPage(RequestHandler, ABC):
    """GET shows what is to be paid, POST `outcome` acts; afterwards back to the merchant if it
    asked so.

    title, means: of the page; back: the parameter with the merchant's address; refusal: what the
    platform's side raises, with a `message`.
    """

    refusal: type[Exception] = PayError
    title: str
    means: str
    back: str

    def initialize(self, box: Box) -> None:
        self.box = box

    @abstractmethod
    def payable(self, token: str) -> Row:
        """What the address stands for."""

    @abstractmethod
    def pay(self, row: Row) -> Row:
        """The password was right."""

    @abstractmethod
    def shown(self, row: Row) -> dict[str, str]:
        """State (NOTPAY, SUCCESS, REFUND, CLOSED) and description."""

    def get(self, token: str) -> None:
        try:
            self._page(self.payable(token), "")
        except self.refusal as error:
            self._refused(error.message)

    def post(self, token: str) -> None:
        outcome = self.get_body_argument("outcome", "")
        try:
            row = self.payable(token)
            if outcome == "pay":
                row = self.pay(row)
        except self.refusal as error:
            self._refused(error.message)
            return
        if outcome not in REMARKS and self._return_to:
            self.redirect(self._return_to, status=303)
        else:
            said = "支付成功" if outcome == "pay" else "已取消支付"
            self._page(row, REMARKS.get(outcome, said))

    @property
    def _return_to(self) -> str:
        """Where the merchant wants the payer back; only web addresses."""
        url = self.get_query_argument(self.back, "")
        return url if url.startswith(("http://", "https://")) else ""

    def _page(self, row: Row, remark: str) -> None:
        self.render(
            "cashier.html", title=self.title, means=self.means, order=row | self.shown(row),
            yuan=yuan, remark=remark, return_to=self._return_to, name=self.box.config.name,
            action=self.request.uri,
        )  # fmt: skip

    def _refused(self, words: str) -> None:
        self.render("refused.html", title="无法支付", text=words)


class WechatCashier(CashierPage):
    title, means, back = "微信支付", "零钱", "redirect_url"

    def payable(self, token: str) -> Row:
        order = self.box.desk.order("prepay_id", token)
        old = clock.now() > order["created"] + pay_rules.H5_SECONDS
        if order["kind"] == "h5" and order["state"] == "NOTPAY" and old:
            raise PayError(400, "ORDER_CLOSED", "支付链接已过期，请返回商户重新发起支付")
        return order

    def pay(self, row: Row) -> Row:
        return self.box.desk.pay(row)

    def shown(self, row: Row) -> dict[str, str]:
        return {"description": self.box.desk.request_of(row)["description"]}


routes = [(r"/_pay/([^/]+)", WechatCashier)]
