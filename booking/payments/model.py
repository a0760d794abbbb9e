"""Orders: what is owed for one thing, to whom, and when to look again. Pure."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from booking.payments.ledger import Entry, Ledger, Refund, fold
from wx_backend.base.errors import AppError
from wx_backend.base.money import Split

JSAPI = "wechat_jsapi"
H5 = "wechat_h5"
DESK = "desk"
"""Cash over the counter: no platform knows of it."""

METHODS = (JSAPI, H5)
"""Inside WeChat (service account, mini-program) and in a phone's other browsers."""


class OrderPaid(AppError):
    code, status, message = "order_paid", 409, "该订单已支付"


class CannotPayHere(AppError):
    """The account has no openid of the merchant's appid: sign in through that channel first."""

    code, status, message = "cannot_pay_here", 409, "请从医院公众号进入后支付"


class OrderSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a slice wants to be paid for. ``expires_at``: the platform refuses payment after it."""

    purpose: dict[str, str]
    account: str
    title: str
    amount_fen: int
    expires_at: datetime


class Order(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """An order as stored; totals and state repeat what the entries fold to, for queries."""

    id: str
    inst: str
    account: str
    purpose: dict[str, str]
    title: str
    amount_fen: int
    split: Split
    channel: str
    merchant: str
    expires_at: datetime
    entries: list[Entry]
    state: str
    version: int
    polls: int = 0

    def ledger(self) -> Ledger:
        return fold(self.entries)

    def facts(self, **more: Any) -> dict:
        """What its events carry."""
        return {
            "order": self.id,
            "purpose": self.purpose,
            "account": self.account,
            "title": self.title,
            **more,
        }


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What the patient's browser needs to pay: JSAPI parameters or an address to go to."""

    order: str
    method: str
    jsapi: dict[str, str] | None = None
    url: str | None = None


GIVEN_OUT_FOR = {
    JSAPI: timedelta(hours=2) - timedelta(minutes=1),
    H5: timedelta(minutes=5) - timedelta(seconds=30),
}
"""How long a prepay id or address can be used (protocols.md 4.4), less the time to use it in."""

POLL_AFTER = (5, 30, 120, 600, 1800, 7200, 21600)
"""Seconds after the last look when the platform is asked again: no notify is certain."""

UNSETTLED = frozenset({"REQUESTED", "PROCESSING", "ABNORMAL"})
"""Refunds that the platform may still have news of; an abnormal one once a person dealt with it."""


def asked_back(ledger: Ledger) -> list[Refund]:
    """Refunds that go through a platform; cash is given back by hand."""
    return [r for r in ledger.refunds.values() if ledger.attempts[r.attempt].method != DESK]


def cash_owed(ledger: Ledger) -> list[Refund]:
    """Cash that is to be given back and has not been."""
    cash = [r for r in ledger.refunds.values() if ledger.attempts[r.attempt].method == DESK]
    return [r for r in cash if r.state in UNSETTLED]


def next_look(ledger: Ledger, polls: int, now: datetime, expires_at: datetime) -> datetime | None:
    """When the order needs another look; None when nothing of it is under way or can lapse."""
    waiting = [r for r in asked_back(ledger) if r.state in UNSETTLED]
    if not waiting and not ledger.live_attempt():
        return expires_at if ledger.state() == "OPEN" else None
    if not polls and any(r.state == "REQUESTED" for r in waiting):
        return now
    return now + timedelta(seconds=POLL_AFTER[min(polls, len(POLL_AFTER) - 1)])
