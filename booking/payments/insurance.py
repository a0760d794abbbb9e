"""An order that the insurance pays a part of: two halves, settled by two parties. Pure.

The fund half (pooled fund, personal account, others) is settled at the insurance bureau, the cash
half on a pay platform. Neither knows of the other, so each half-done state has a name, and either
both are kept or both go back (protocols.md 6.2, 6.3; docs/insurance.md). All of it is folded from
the order's entries.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

import msgspec

from booking.payments.fund import FUND, GOING_BACK, HELD, IN_DOUBT, fund_fen
from booking.payments.ledger import FUND_ACTIONS, Entry, Kind, Ledger
from wx_backend.base.errors import AppError, WrongState
from wx_backend.base.money import Split
from wx_backend.gateways.insurance.port import Uploaded

Step = Literal[
    "settle_fund", "query_fund", "reverse_fund", "query_reversal",
    "query_cash", "close_cash", "refund_cash", "query_refund", "wait", "person", "done",
]  # fmt: skip

DRIVEN = (
    "settle_fund", "query_fund", "reverse_fund", "query_reversal", "close_cash", "refund_cash",
)  # fmt: skip
"""What follows from both halves together; attempts and refunds are asked after by themselves."""

STANDINGS = {
    "WAITING": "待支付",
    "FUND_UNKNOWN": "医保结算结果未知",
    "FUND_ONLY": "医保已结算，自费未付",
    "SETTLED": "医保与自费均已结算",
    "COMPENSATING": "冲正与退款中",
    "STUCK": "冲正或退款受阻，待人工",
    "UNDONE": "医保与自费均已退回",
}

UNPAID = "医保订单未付清，已结算部分退回"
UNSETTLED = "医保未能结算，自费部分退回"


class InsuranceNotOffered(AppError):
    code, status, message = "insurance_not_offered", 409, "本院暂未开通医保移动支付，请自费支付"


class SplitDiffers(AppError):
    """The bureau's sum is not the order's: nothing is settled."""

    code, status, message = "split_differs", 409, "医保分解金额与应付金额不符，请到窗口缴费"


class FundUnsettled(AppError):
    """The patient's half is asked for once the fund has paid."""

    code, status, message = "fund_unsettled", 409, "医保结算尚未完成，请稍后再支付自费部分"


class InsuredWhole(WrongState):
    """The bureau reverses a settlement whole, so that no part of such an order can go back."""

    code, status, message = "insured_whole", 409, "医保订单只能整单退回：先冲正医保，再退自费部分"


class Insured(msgspec.Struct, frozen=True, kw_only=True):
    """Where both halves of an order stand, each in a state of ``FUND``.

    Args:
        unwanted: what is paid for is gone, one half can never be paid, or time is over.
    """

    fund: str
    cash: str
    unwanted: bool


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What has become of one payer's part, in fen: paid = kept + returning + refunded.

    Args:
        payer: ``fund``, ``account``, ``other`` or ``self``.
        returning: on its way back, or waiting for a person.
    """

    payer: str
    owed: int
    paid: int = 0
    returning: int = 0
    refunded: int = 0

    @property
    def kept(self) -> int:
        return self.paid - self.returning - self.refunded


def insured(ledger: Ledger) -> Insured | None:
    """Where both halves stand; None of an order that its payer pays alone."""
    if ledger.fund is None:
        return None
    return Insured(fund=ledger.fund.state, cash=_cash(ledger), unwanted=ledger.unwanted)


def _cash(ledger: Ledger) -> str:
    """The cash half, folded from attempts and refunds, of which there may be several. What was let
    go may still be paid; then it was paid late.
    """
    given_up = any(one.state == "CLOSED" for one in ledger.refunds.values())
    if any(one.state == "ABNORMAL" for one in ledger.refunds.values()):
        return "STUCK"
    if ledger.kept_fen > 0:
        return "STUCK" if ledger.unwanted and given_up else "KEPT"
    if ledger.live_attempt():
        return "ASKED"
    if ledger.refunding_fen:
        return "REVERSING"
    if ledger.unwanted:
        return "REVERSED" if ledger.refunded_fen else "VOID"
    return "PENDING" if ledger.fund and ledger.fund.split.self_ else "VOID"


def next_step(known: Insured) -> Step:
    """What to do now. Who is in doubt asks before anything else is done; the fund goes first, as
    the bureau wants it: settled before the cash is taken, reversed before the cash goes back.
    """
    if known.fund in IN_DOUBT:
        return "query_fund"
    if known.fund in GOING_BACK:
        return "query_reversal"
    return _backward(known) if known.unwanted else _forward(known)


def _forward(known: Insured) -> Step:
    if known.fund == "PENDING":
        return "settle_fund"
    if known.cash == "ASKED":
        return "query_cash"
    if known.cash == "REVERSING":
        return "query_refund"  # of a doubled payment
    return "wait" if known.cash == "PENDING" else "done"


def _backward(known: Insured) -> Step:
    if known.cash == "ASKED":
        return "close_cash"  # which asks first: it may have been paid in this very moment
    if "STUCK" in (known.fund, known.cash):
        return "person"
    if known.fund == "KEPT":
        return "reverse_fund"
    if known.cash == "KEPT":
        return "refund_cash"
    return "query_refund" if known.cash in GOING_BACK else "done"


def standing(known: Insured) -> str:
    """A name of ``STANDINGS``: what staff read, and whether they have to do something."""
    if "STUCK" in (known.fund, known.cash):
        return "STUCK"
    if known.fund in IN_DOUBT:
        return "FUND_UNKNOWN"
    if known.unwanted:
        return "COMPENSATING" if next_step(known) != "done" else "UNDONE"
    if next_step(known) == "done":
        return "SETTLED"
    return "FUND_ONLY" if known.fund == "KEPT" else "WAITING"


def shares(split: Split, ledger: Ledger) -> list[Share]:
    """What has become of each payer's part, of those who pay one."""
    return [one for one in _shares(split, ledger) if one.owed or one.paid]


def _shares(split: Split, ledger: Ledger) -> Iterator[Share]:
    state = ledger.fund.state if ledger.fund else ""
    for payer in ("fund", "account", "other"):
        fen = getattr(split, payer)
        yield Share(
            payer=payer,
            owed=fen,
            paid=fen if state in HELD or state == "REVERSED" else 0,
            returning=fen if state in HELD and state != "KEPT" else 0,
            refunded=fen if state == "REVERSED" else 0,
        )
    yield Share(
        payer="self",
        owed=split.self_,
        paid=ledger.paid_fen,
        returning=ledger.refunding_fen,
        refunded=ledger.refunded_fen,
    )


def uploaded(key: str, amount_fen: int, said: Uploaded, at: datetime) -> list[Entry]:
    """The bureau has said who pays what of the order ``key``. Raises SplitDiffers."""
    if said.split.total != amount_fen:
        raise SplitDiffers(amount_fen=amount_fen, split_fen=said.split.total)
    data = msgspec.to_builtins(said, builtin_types=(datetime,))
    return [Entry(Kind.FUND_UPLOADED, key, at, fund_fen(said.split), data)]


def told(ledger: Ledger, key: str, kind: Kind, at: datetime, **data: str) -> list[Entry]:
    """A fact about the fund half of the order ``key``; one that it is past adds nothing."""
    fund = ledger.fund
    if fund is None or (fund.state, FUND_ACTIONS[kind]) not in FUND.transitions:
        return []
    return [Entry(kind, key, at, fund.fen, data)]


def ready(ledger: Ledger) -> None:
    """The patient's half may be asked for. Raises FundUnsettled."""
    if ledger.fund and not ledger.fund.paid:
        raise FundUnsettled()


def whole_only(ledger: Ledger, fen: int) -> None:
    """So much may be given back. Raises InsuredWhole: it is a part of an insured order."""
    if ledger.fund and fen != ledger.returnable_fen:
        raise InsuredWhole(whole_fen=ledger.returnable_fen)
