"""An order that the insurance pays a part of: two halves, settled by two parties. Pure.

The fund half (pooled fund, personal account, others) is settled at the insurance bureau, the cash
half on a pay platform. Neither knows of the other, so each half-done state has a name, and either
both are kept or both go back (protocols.md 6.2, 6.3; docs/insurance.md).
"""

from typing import Literal

import msgspec

from wx_backend.base.machine import Machine
from wx_backend.base.money import Split

Step = Literal[
    "settle_fund", "query_fund", "reverse_fund", "query_reversal",
    "query_cash", "close_cash", "refund_cash", "query_refund", "wait", "person", "done",
]  # fmt: skip

HALF = Machine(
    name="insured half",
    states=frozenset(
        {
            "PENDING", "ASKED", "UNKNOWN", "KEPT", "VOID",
            "REVERSING", "REVERSAL_UNKNOWN", "REVERSED", "STUCK",
        }
    ),
    initial="PENDING",
    transitions={
        ("PENDING", "ask"): "ASKED",
        ("PENDING", "drop"): "VOID",  # never asked for
        ("PENDING", "succeed"): "KEPT",
        ("ASKED", "succeed"): "KEPT",
        ("ASKED", "fail"): "VOID",
        ("ASKED", "doubt"): "UNKNOWN",
        ("UNKNOWN", "succeed"): "KEPT",
        ("UNKNOWN", "fail"): "VOID",
        ("UNKNOWN", "doubt"): "UNKNOWN",
        ("VOID", "succeed"): "KEPT",  # late: it had been done all the same
        ("KEPT", "reverse"): "REVERSING",
        ("REVERSING", "reversed"): "REVERSED",
        ("REVERSING", "doubt"): "REVERSAL_UNKNOWN",
        ("REVERSING", "refuse"): "STUCK",
        ("REVERSAL_UNKNOWN", "reversed"): "REVERSED",
        ("REVERSAL_UNKNOWN", "miss"): "KEPT",  # it never arrived: it is asked for again
        ("REVERSAL_UNKNOWN", "refuse"): "STUCK",
        ("REVERSAL_UNKNOWN", "doubt"): "REVERSAL_UNKNOWN",
        ("STUCK", "again"): "KEPT",
        ("STUCK", "reversed"): "REVERSED",  # by hand, at the counter
    },
    terminal=frozenset({"REVERSED"}),
)  # fmt: skip

IN_DOUBT = frozenset({"ASKED", "UNKNOWN"})
GOING_BACK = frozenset({"REVERSING", "REVERSAL_UNKNOWN"})
OUT = frozenset({"VOID", "REVERSED"})
"""Nothing of this half is kept."""

STANDINGS = {
    "WAITING": "待支付",
    "FUND_UNKNOWN": "医保结算结果未知",
    "CASH_UNKNOWN": "自费支付结果未知",
    "FUND_ONLY": "医保已结算，自费未付",
    "CASH_ONLY": "自费已付，医保未结算",
    "SETTLED": "医保与自费均已结算",
    "COMPENSATING": "冲正与退款中",
    "STUCK": "冲正或退款受阻，待人工",
    "UNDONE": "医保与自费均已退回",
}


class Insured(msgspec.Struct, frozen=True, kw_only=True):
    """Where both halves of an order stand.

    Args:
        fund_fen, cash_fen: what each half is to pay; a half of nothing is void from the beginning.
        unwanted: what is paid for is gone, one half can never be paid, or time is over.
    """

    fund_fen: int
    cash_fen: int
    fund: str = HALF.initial
    cash: str = HALF.initial
    unwanted: bool = False

    @property
    def kept_fen(self) -> int:
        """What both parties have of it now, as far as is known."""
        held = {"KEPT", "STUCK", *GOING_BACK}
        return self.fund_fen * (self.fund in held) + self.cash_fen * (self.cash in held)


def insured(split: Split) -> Insured:
    """Both halves of an order, nothing asked for yet."""
    fund_fen = split.fund + split.account + split.other
    return Insured(
        fund_fen=fund_fen,
        cash_fen=split.self_,
        fund=HALF.initial if fund_fen else "VOID",
        cash=HALF.initial if split.self_ else "VOID",
    )


def told(known: Insured, half: Literal["fund", "cash"], action: str) -> Insured:
    """After one fact about a half. A fact that this half is past adds nothing.

    A half that fails for good makes the other unwanted.
    """
    state = getattr(known, half)
    after = HALF.transitions.get((state, action), state)
    failed = action == "fail" and after == "VOID"
    return msgspec.structs.replace(known, **{half: after}, unwanted=known.unwanted or failed)


def given_up(known: Insured) -> Insured:
    """It is not wanted any more: nothing new is asked for, and what is kept goes back."""
    return msgspec.structs.replace(known, unwanted=True)


def next_step(known: Insured) -> Step:
    """What to do now. Who is in doubt asks before anything else is done; the fund goes first, as
    the bureau wants it: settled before the cash is taken, reversed before the cash goes back.
    """
    if known.fund in IN_DOUBT:
        return "query_fund"
    if known.fund in GOING_BACK:
        return "query_reversal"
    if not known.unwanted:
        return _forward(known)
    return _backward(known)


def _forward(known: Insured) -> Step:
    if known.fund == "PENDING":
        return "settle_fund"
    if known.cash in IN_DOUBT:
        return "query_cash"
    if known.cash == "PENDING":
        return "wait"  # for the patient, who pays
    return "done"


def _backward(known: Insured) -> Step:
    if known.cash in ("PENDING", *IN_DOUBT):
        return "close_cash"  # which asks first: it may have been paid in this very moment
    if known.fund == "STUCK" or known.cash == "STUCK":
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
    if known.cash == "UNKNOWN":
        return "CASH_UNKNOWN"
    if known.unwanted:
        return "COMPENSATING" if next_step(known) != "done" else "UNDONE"
    if next_step(known) == "done":
        return "SETTLED"
    if known.fund == "KEPT":
        return "FUND_ONLY"
    return "CASH_ONLY" if known.cash == "KEPT" else "WAITING"
