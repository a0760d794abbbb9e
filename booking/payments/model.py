"""Orders: what is owed for one thing, to whom, and when to look again. Pure."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

import msgspec

from booking.payments import insurance
from booking.payments.insurance import (
    DRIVEN,
    FundUnsettled,
    InsuranceNotOffered,
    Share,
    SplitDiffers,
    insured,
    next_step,
)
from booking.payments.ledger import Entry, Ledger, Refund, fold
from wx_backend.base import ids
from wx_backend.base.errors import AppError, Invalid
from wx_backend.base.money import Split
from wx_backend.base.words import Filled

JSAPI = "wechat_jsapi"
"""Inside WeChat: service account, mini-program."""
H5 = "wechat_h5"
"""WeChat's pay page, in a phone's other browsers."""
NATIVE = "wechat_native"
"""A code to scan with WeChat."""
ALIPAY = "alipay"
"""Inside Alipay: its mini-program."""
ALIPAY_WAP = "alipay_wap"
"""Alipay's pay page, in a phone's browser."""
ALIPAY_QR = "alipay_qr"
"""A code to scan with Alipay."""
DESK = "desk"
"""Cash over the counter: no platform knows of it."""

WECHAT_PAY, ALIPAY_PAY, CASH = "wechat_pay", "alipay", "cash"
"""Where the money goes: the platform of a channel, or the hospital's own hand."""


class Way(msgspec.Struct, frozen=True):
    """How one method is paid (protocols.md 4.4, 5.4).

    Args:
        platform: whose it is.
        lasts: how long what is given out can be used, less the time to use it in.
        on_visit: the platform knows of no payment before the payer opens what was given out, so
            that "not there" is no end of it, and it cannot be closed before.
        apart: how long after one refund of a payment the platform takes another.
    """

    platform: str
    lasts: timedelta
    on_visit: bool = False
    apart: timedelta = timedelta()


_TWO_HOURS = timedelta(hours=2) - timedelta(minutes=1)
_TEN_MINUTES = timedelta(minutes=10) - timedelta(minutes=1)
"""An address with a time in its signature."""
_FIVE_MINUTES = timedelta(minutes=5) - timedelta(seconds=30)
_A_MINUTE = timedelta(minutes=1)

WAYS = {
    JSAPI: Way(WECHAT_PAY, _TWO_HOURS, apart=_A_MINUTE),
    H5: Way(WECHAT_PAY, _FIVE_MINUTES, apart=_A_MINUTE),
    NATIVE: Way(WECHAT_PAY, _TWO_HOURS, apart=_A_MINUTE),
    ALIPAY: Way(ALIPAY_PAY, _TWO_HOURS),
    ALIPAY_WAP: Way(ALIPAY_PAY, _TEN_MINUTES, on_visit=True),
    ALIPAY_QR: Way(ALIPAY_PAY, _TWO_HOURS, on_visit=True),
}
METHODS = tuple(WAYS)
"""What a platform is asked for; cash is not."""

CODES = (NATIVE, ALIPAY_QR)
"""Codes that whoever stands at the desk can scan."""


SHORTEST = 4
"""Characters of a reason that a person gives."""


def platform_of(method: str) -> str:
    """Where the money of a method goes."""
    return WAYS[method].platform if method in WAYS else CASH


class OrderPaid(AppError):
    code, status, message = "order_paid", 409, "该订单已支付"


class CannotPayHere(AppError):
    """The account is not known to the platform that it wants to pay in: sign in there first."""

    code, status, message = "cannot_pay_here", 409, "请从医院公众号或支付宝进入后支付"


INSURED = (InsuranceNotOffered, SplitDiffers, FundUnsettled)
"""What somebody who pays with the insurance may be told; the bureau's own no is a gateway's."""
InsuredWhole = insurance.InsuredWhole
STANDINGS = insurance.STANDINGS

ENTRANCES = {
    WECHAT_PAY: "请在微信里从医院公众号或小程序进入后支付",
    ALIPAY_PAY: "请在支付宝里打开医院页面后支付",
}
"""Where somebody whom a platform does not know signs in, so that they can pay inside its app."""


class OrderSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a slice wants to be paid for. ``expires_at``: the platform refuses payment after it.
    ``references``: the HIS's own numbers of what is paid; ``amounts``: fen of each, as shown to who
    pays, or none.
    """

    purpose: dict[str, str]
    account: str
    title: str
    amount_fen: int
    expires_at: datetime
    references: tuple[str, ...] = ()
    amounts: tuple[int, ...] = ()


class Order(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """An order as stored; split and state repeat what the entries fold to, for queries. Attempts
    are for ``split.self_``. ``days``: the local dates on which money of it came or went.
    """

    id: str
    inst: str
    account: str
    purpose: dict[str, str]
    title: str
    amount_fen: int
    split: Split
    expires_at: datetime
    entries: list[Entry]
    state: str
    version: int
    references: tuple[str, ...] = ()
    amounts: tuple[int, ...] = ()
    days: list[str] = []
    polls: int = 0

    def ledger(self) -> Ledger:
        return fold(self.entries)

    @property
    def insured_fen(self) -> int:
        """What others than the patient pay of it."""
        return self.amount_fen - self.split.self_

    def shares(self) -> list[Share]:
        """What has become of each payer's part."""
        return insurance.shares(self.split, self.ledger())

    @property
    def standing(self) -> str:
        """Where both halves of an insured order are, a name of ``STANDINGS``; empty of another."""
        known = insured(self.ledger())
        return insurance.standing(known) if known else ""

    def facts(self, **more: Any) -> dict:
        """What its events carry."""
        return {
            "order": self.id,
            "purpose": self.purpose,
            "account": self.account,
            "title": self.title,
            "references": self.references,
            **more,
        }


def order_id(purpose: dict[str, str]) -> str:
    """The one order of a purpose."""
    return ids.derive("ord", purpose["kind"], purpose["id"])


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """What the payer's device needs: parameters for WeChat's sheet, an address to go to, Alipay's
    trade number for its sheet, or the text of a code to scan. ``insured_fen``: what the insurance
    has paid of it; the device is asked for the rest.
    """

    order: str
    method: str
    jsapi: dict[str, str] | None = None
    url: str | None = None
    trade_no: str | None = None
    qr: str | None = None
    insured_fen: int = 0


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Orders as staff look for them.

    Args:
        number: of the order, an attempt, a refund, the platform's payment or the HIS's bill.
        day: a local date on which it was made, or money of it came or went.
        accounts, orders: those of a patient; None when nobody is asked for.
    """

    number: str = ""
    day: date | None = None
    state: str = ""
    accounts: tuple[str, ...] | None = None
    orders: tuple[str, ...] = ()


def reason(text: str) -> str:
    """Why somebody decides something about money, as they wrote it. Raises Invalid."""
    words = text.strip()[:200]
    if len(words) < SHORTEST:
        raise Invalid(fields={"why": Filled("请写明原因，至少 %(least)s 个字", least=SHORTEST)})
    return words


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """Money that came (PAID) or went back (REFUNDED), as it stands in the books of a day.

    Args:
        no: our number of it, as the platform and the HIS know it: the attempt's or the refund's.
        attempt: the number of the attempt that was paid.
        transaction: the platform's number of that payment; of cash, who took it.
        at: when the platform says that it happened, in business time.
    """

    order: str
    no: str
    attempt: str
    kind: Literal["PAID", "REFUNDED"]
    fen: int
    platform: str
    merchant: str
    transaction: str
    at: datetime
    purpose: dict[str, str]
    references: tuple[str, ...] = ()
    amounts: tuple[int, ...] = ()


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


def refund_turn(ledger: Ledger, refund: Refund) -> datetime | None:
    """From when on a refund that was not sent yet may be; None while another one of its payment
    comes first, and the platform may have that one already.
    """
    apart = WAYS[ledger.attempts[refund.attempt].method].apart
    if not apart:
        return refund.requested_at
    same = [one for one in ledger.refunds.values() if one.attempt == refund.attempt]
    if next(one.no for one in same if one.state == "REQUESTED") != refund.no:
        return None
    return max((one.known_at + apart for one in same if one.known_at), default=refund.requested_at)


def next_look(ledger: Ledger, polls: int, now: datetime, expires_at: datetime) -> datetime | None:
    """When the order needs another look; None when nothing of it is under way or can lapse."""
    waiting = [r for r in asked_back(ledger) if r.state in UNSETTLED]
    half = insured(ledger)
    waits = bool(half) and next_step(half) in DRIVEN
    if not waiting and not waits and not ledger.payable_attempts():
        return expires_at if ledger.state() == "OPEN" else None
    turns = [refund_turn(ledger, r) for r in waiting if r.state == "REQUESTED"]
    tried = any(turn and turn <= now for turn in turns)
    if tried and not polls:
        return now
    due = [turn for turn in turns if turn and turn > now]
    if tried or waits or len(turns) < len(waiting) or ledger.payable_attempts():
        due.append(now + timedelta(seconds=POLL_AFTER[min(polls, len(POLL_AFTER) - 1)]))
    return min(due)


class Standing(msgspec.Struct, frozen=True):
    """What became of an attempt or refund: ``state`` of it, and its ``move`` once money moved.
    ``began``: when it was opened or asked for, in business time. ``inst``, ``merchant``: who has
    taken the money, and as whom on the platform.
    """

    order: str
    state: str
    began: datetime
    move: Move | None
    inst: str
    merchant: str
