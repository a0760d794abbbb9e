"""Alipay's cashier page, for a browser's payment and for a scanned code."""

import json

from wx_backend.entrypoints.sandbox.alipay.rules import AlipayError, business
from wx_backend.entrypoints.sandbox.cashier import CashierPage
from wx_backend.entrypoints.sandbox.store import Row

_STATES = {"WAIT_BUYER_PAY": "NOTPAY", "TRADE_CLOSED": "CLOSED", "TRADE_SUCCESS": "SUCCESS"}


class AlipayCashier(CashierPage):
    refusal = AlipayError
    title, means, back = "支付宝", "余额", "back"

    def payable(self, token: str) -> Row:
        trade = self.box.trades.find("token", token)
        if trade is None:
            raise business("TRADE_NOT_EXIST", "二维码或链接已失效")
        return self.box.trades.scan(trade)

    def pay(self, row: Row) -> Row:
        return self.box.trades.pay(row)

    def shown(self, row: Row) -> dict[str, str]:
        subject = json.loads(row["request"])["subject"]
        return {"state": _STATES[row["state"]], "description": subject}


routes = [(r"/_alipay/([^/]+)", AlipayCashier)]
