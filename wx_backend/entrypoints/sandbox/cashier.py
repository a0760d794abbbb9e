"""The cashier page outside WeChat (`h5_url`): plain forms, no script."""

from tornado.web import RequestHandler

from wx_backend.entrypoints.sandbox import clock, pay_rules
from wx_backend.entrypoints.sandbox.box import Box
from wx_backend.entrypoints.sandbox.cash_desk import OUTCOMES
from wx_backend.entrypoints.sandbox.pay_rules import PayError
from wx_backend.entrypoints.sandbox.pay_views import yuan
from wx_backend.entrypoints.sandbox.store import Row

REMARKS = {
    "wrong_password": "支付密码错误，请重试",
    "timeout": "网络超时，本次没有扣款。请返回商户确认结果或重试",
}


class Cashier(RequestHandler):
    """GET shows the order, POST `outcome` acts; afterwards back to `redirect_url` if given."""

    def initialize(self, box: Box) -> None:
        self.box = box

    def get(self, prepay_id: str) -> None:
        try:
            self._page(self._open_order(prepay_id), "")
        except PayError as error:
            self._refused(error)

    def post(self, prepay_id: str) -> None:
        outcome = self.get_body_argument("outcome", "")
        try:
            order = self._open_order(prepay_id)
            if outcome == "pay":
                order = self.box.desk.pay(order, self.get_body_argument("openid", None))
        except PayError as error:
            self._refused(error)
            return
        if outcome in REMARKS:
            self._page(order, REMARKS[outcome])
        elif outcome in OUTCOMES and self._return_to:
            self.redirect(self._return_to, status=303)
        else:
            self._page(order, "支付成功" if outcome == "pay" else "已取消支付")

    @property
    def _return_to(self) -> str:
        """Where the merchant wants the payer back; only web addresses."""
        url = self.get_query_argument("redirect_url", "")
        return url if url.startswith(("http://", "https://")) else ""

    def _open_order(self, prepay_id: str) -> Row:
        order = self.box.desk.order("prepay_id", prepay_id)
        old = clock.now() > order["created"] + pay_rules.H5_SECONDS
        if order["kind"] == "h5" and order["state"] == "NOTPAY" and old:
            raise PayError(400, "ORDER_CLOSED", "支付链接已过期，请返回商户重新发起支付")
        return order

    def _page(self, order: Row, remark: str) -> None:
        self.render(
            "cashier.html", title="微信支付", means="零钱", order=order, yuan=yuan, remark=remark,
            return_to=self._return_to, name=self.box.config.name, action=self.request.uri,
            description=self.box.desk.request_of(order)["description"],
        )  # fmt: skip

    def _refused(self, error: PayError) -> None:
        self.render("refused.html", title="无法支付", text=error.message)


routes = [(r"/_pay/([^/]+)", Cashier)]
