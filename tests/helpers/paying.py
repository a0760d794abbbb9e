"""The two pay platforms as tests see them: what their calls are called, and their books in the same
words.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from booking.payments.model import (
    ALIPAY,
    ALIPAY_PAY,
    ALIPAY_QR,
    ALIPAY_WAP,
    H5,
    JSAPI,
    NATIVE,
    WECHAT_PAY,
    Ticket,
)
from wx_backend.entrypoints.sandbox import people
from wx_backend.entrypoints.sandbox.alipay import payers

ALIPAY_STATES = {
    "UNSCANNED": "NOTPAY",
    "WAIT_BUYER_PAY": "NOTPAY",
    "TRADE_SUCCESS": "SUCCESS",
    "TRADE_CLOSED": "CLOSED",
}


class Side(NamedTuple):
    """One platform.

    Args:
        account: platform of the channel that its patients sign in through.
        inside: the method inside its app; ``page`` in a browser; ``code`` to scan.
        opens, asks, closes, refunds, refund_asks: globs of its calls, for faults.
        paid, back: its notifications of a payment and of a refund, for faults.
        heard: the status of our answer to a notification; ``refused`` is 400 for both.
        control: prefix of the sandbox's controls.
    """

    name: str
    account: str
    inside: str
    page: str
    code: str
    opens: str
    asks: str
    closes: str
    refunds: str
    refund_asks: str
    paid: str
    back: str
    heard: int
    control: str
    openid: Callable[[str], str]
    """What it calls one of the sandbox's people."""
    read: Callable[[dict], dict]
    """Its books, as WeChat Pay's are written."""

    def __str__(self) -> str:
        return self.name

    def notices(self, refunds: bool = False) -> str:
        """How the kinds of its notifications begin."""
        return "REFUND" if refunds else self.paid.removeprefix("notify/")


def _trade(row: dict[str, Any]) -> dict[str, Any]:
    refunded = row["state"] == "TRADE_CLOSED" and row["paid"]
    return {
        "out_trade_no": row["out_trade_no"],
        "prepay_id": row["trade_no"],
        "state": "REFUND" if refunded else ALIPAY_STATES[row["state"]],
        "total": row["total"],
        "openid": row["buyer"],
    }


def _alipay_books(books: dict) -> dict:
    return {**books, "orders": [_trade(row) for row in books["trades"]]}


WECHAT_SIDE = Side(
    name=WECHAT_PAY,
    account="wechat",
    inside=JSAPI,
    page=H5,
    code=NATIVE,
    opens="/v3/pay/transactions/*",
    asks="/v3/pay/transactions/out-trade-no/*",
    closes="/v3/pay/transactions/out-trade-no/*/close",
    refunds="/v3/refund/domestic/refunds",
    refund_asks="/v3/refund/domestic/refunds/*",
    paid="notify/TRANSACTION.SUCCESS",
    back="notify/REFUND.*",
    heard=204,
    control="",
    openid=lambda person: people.by_key(person).openid,
    read=lambda books: books,
)
ALIPAY_SIDE = Side(
    name=ALIPAY_PAY,
    account="alipay",
    inside=ALIPAY,
    page=ALIPAY_WAP,
    code=ALIPAY_QR,
    opens="/gateway.do/alipay.trade.*create",
    asks="/gateway.do/alipay.trade.query",
    closes="/gateway.do/alipay.trade.close",
    refunds="/gateway.do/alipay.trade.refund",
    refund_asks="/gateway.do/alipay.trade.fastpay.refund.query",
    paid="notify/TRADE_SUCCESS",
    back="notify/REFUND",
    heard=200,
    control="alipay/",
    openid=lambda person: payers.open_id(people.by_key(person)),
    read=_alipay_books,
)
SIDES = (WECHAT_SIDE, ALIPAY_SIDE)


def side_of(method: str) -> Side:
    """The platform of a method."""
    return ALIPAY_SIDE if method.startswith("alipay") else WECHAT_SIDE


def given(ticket: Ticket) -> str:
    """What the platform gave out for this ticket, as its attempt has it."""
    if ticket.jsapi:
        return ticket.jsapi["package"].removeprefix("prepay_id=")
    return ticket.url or ticket.trade_no or ticket.qr or ""


def prepay_of(ticket: Ticket) -> str:
    """The platform's id of what a ticket is for."""
    return given(ticket).rpartition("/")[2].rpartition("=")[2]
