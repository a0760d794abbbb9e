"""The half of an order that the insurance pays: its states, as entries tell of them. Pure.

Settled at the bureau under the order's number, once; the patient's half is in attempts and refunds.
"""

from datetime import datetime

import msgspec

from wx_backend.base.machine import Machine
from wx_backend.base.money import Split

FUND = Machine(
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
        ("ASKED", "succeed"): "KEPT",
        ("ASKED", "fail"): "VOID",
        ("ASKED", "doubt"): "UNKNOWN",
        ("UNKNOWN", "succeed"): "KEPT",
        ("UNKNOWN", "fail"): "VOID",
        ("VOID", "succeed"): "KEPT",  # late: it had been done all the same
        ("KEPT", "reverse"): "REVERSING",
        ("REVERSING", "reversed"): "REVERSED",
        ("REVERSING", "doubt_reversal"): "REVERSAL_UNKNOWN",
        ("REVERSING", "miss"): "KEPT",  # it never arrived: it is asked for again
        ("REVERSING", "refuse"): "STUCK",
        ("REVERSAL_UNKNOWN", "reversed"): "REVERSED",
        ("REVERSAL_UNKNOWN", "miss"): "KEPT",
        ("REVERSAL_UNKNOWN", "refuse"): "STUCK",
        ("STUCK", "again"): "KEPT",
        ("STUCK", "reversed"): "REVERSED",  # late, or by hand at the counter
    },
    terminal=frozenset({"REVERSED"}),
)  # fmt: skip

IN_DOUBT = frozenset({"ASKED", "UNKNOWN"})
GOING_BACK = frozenset({"REVERSING", "REVERSAL_UNKNOWN"})
HELD = frozenset({"KEPT", "STUCK", *GOING_BACK})
"""The fund has paid, and has not got it back, as far as is known."""


def fund_fen(split: Split) -> int:
    """What the pooled fund, the personal account and others pay."""
    return split.fund + split.account + split.other


class Fund(msgspec.Struct):
    """The bureau's part of an order.

    Args:
        split: who pays what of the whole order, as the bureau said.
        pay_order, visit: the bureau's numbers of the fees and of the visit.
        holds_until: real time; afterwards it settles nothing more under ``pay_order``.
        setl: the bureau's number of the settlement.
        since: when it came into its state, in business time.
        words: why the bureau has last said no.
        failed: the bureau would not pay it; if it has paid all the same, that goes back.
    """

    split: Split
    pay_order: str
    visit: str
    holds_until: datetime
    since: datetime
    state: str = FUND.initial
    setl: str = ""
    words: str = ""
    failed: bool = False

    def __post_init__(self) -> None:
        if not self.fen:
            self.state = "VOID"

    @property
    def fen(self) -> int:
        return fund_fen(self.split)

    @property
    def paid(self) -> bool:
        """Its part is here, be it nothing."""
        return self.state == "KEPT" or not self.fen

    @property
    def held_fen(self) -> int:
        """What the hospital has of the fund, or may have: an outcome is not known."""
        return self.fen if self.state in HELD | IN_DOUBT else 0

    def tell(self, action: str, at: datetime, setl: str = "", words: str = "") -> None:
        """One fact; what it is past changes nothing."""
        if (self.state, action) in FUND.transitions:
            self.state, self.since = FUND.transitions[self.state, action], at
            self.setl, self.words = setl or self.setl, words
            self.failed = self.failed or self.state == "VOID"
