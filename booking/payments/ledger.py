"""An order's money as the fold of append-only entries. Pure.

Late, repeated and reordered facts fold to the same totals, and every figure can be explained by the
entries behind it. ``posting.py`` decides which entries a new fact adds.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from booking.payments.fund import Fund


class Kind(StrEnum):
    ATTEMPT_OPENED = "attempt_opened"
    ATTEMPT_READY = "attempt_ready"
    ATTEMPT_PAID = "attempt_paid"
    ATTEMPT_CLOSED = "attempt_closed"
    REFUND_REQUESTED = "refund_requested"
    REFUND_ACCEPTED = "refund_accepted"
    REFUND_SUCCEEDED = "refund_succeeded"
    REFUND_ABNORMAL = "refund_abnormal"
    REFUND_CLOSED = "refund_closed"
    ORDER_CLOSED = "order_closed"
    ORDER_LAPSED = "order_lapsed"
    FUND_UPLOADED = "fund_uploaded"
    FUND_ASKED = "fund_asked"
    FUND_DOUBTED = "fund_doubted"
    FUND_SETTLED = "fund_settled"
    FUND_FAILED = "fund_failed"
    FUND_REVERSING = "fund_reversing"
    FUND_REVERSAL_DOUBTED = "fund_reversal_doubted"
    FUND_REVERSAL_MISSED = "fund_reversal_missed"
    FUND_REVERSAL_REFUSED = "fund_reversal_refused"
    FUND_REVERSED = "fund_reversed"
    FUND_AGAIN = "fund_again"
    FUND_BY_HAND = "fund_by_hand"


FUND_ACTIONS = {
    Kind.FUND_ASKED: "ask",
    Kind.FUND_DOUBTED: "doubt",
    Kind.FUND_SETTLED: "succeed",
    Kind.FUND_FAILED: "fail",
    Kind.FUND_REVERSING: "reverse",
    Kind.FUND_REVERSAL_DOUBTED: "doubt_reversal",
    Kind.FUND_REVERSAL_MISSED: "miss",
    Kind.FUND_REVERSAL_REFUSED: "refuse",
    Kind.FUND_REVERSED: "reversed",
    Kind.FUND_AGAIN: "again",
    Kind.FUND_BY_HAND: "reversed",
}
"""What these do to the insured half."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One fact. ``ref`` is the attempt's or refund's number, or the order's for what is about all
    of it; ``fen`` its amount.
    """

    kind: Kind
    ref: str
    at: datetime
    fen: int = 0
    data: dict[str, Any] = {}


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How an attempt is made: a repeated request must say the same.

    Args:
        channel: id of the platform account; "" for cash.
        merchant: the number of the merchant there.
        appid: of the application that it is paid in, when inside one; "" elsewhere.
        expires_at: real time; the platform refuses payment after it.
        back_to: where a pay page of the platform sends the payer afterwards.
        on_visit: the platform knows of no payment before the payer opens what was given out.
    """

    method: str
    expires_at: datetime
    channel: str = ""
    merchant: str = ""
    appid: str = ""
    client_ip: str = ""
    back_to: str = ""
    on_visit: bool = False

    def serves(self, wanted: "Terms") -> bool:
        """Whether what was given out can be used where, and how, the payer now wants to pay."""
        return (self.method, self.appid) == (wanted.method, wanted.appid)


class Attempt(msgspec.Struct):
    """One try to pay: ``no`` is the platform's out_trade_no. ``prepay`` can be used until ``until``
    (real time). ``loose``: closed, but what was given out may still be opened and paid, and nothing
    can be done about it before the attempt expires.
    """

    no: str
    terms: Terms
    fen: int
    opened_at: datetime
    state: str = "OPENING"
    loose: bool = False
    prepay: str | None = None
    until: datetime | None = None
    transaction: str | None = None

    @property
    def method(self) -> str:
        return self.terms.method

    def lapsed(self, wire_now: datetime) -> bool:
        """What the platform gave out can no longer be used."""
        return self.until is not None and wire_now >= self.until

    def dead_on(self, state: str, wire_now: datetime) -> bool:
        """Whether the platform's ``state`` is the end of it. An attempt whose opening is under way,
        or that begins when the payer opens it, may not be there yet; after its expiry it never will
        be.
        """
        if state != "NOT_EXIST":
            return state in DEAD_STATES
        may_come = self.state == "OPENING" or self.terms.on_visit
        return not may_come or wire_now > self.terms.expires_at


LIVE = ("OPENING", "OPEN")
"""States of an attempt that a patient could still pay."""

DEAD_STATES = frozenset({"CLOSED", "PAYERROR", "REVOKED"})
"""The platform's words for an attempt that takes no money."""


class Refund(msgspec.Struct):
    """Money going back from the paid attempt ``attempt``: ``no`` is the out_refund_no; ``because``
    names the decision it follows from, which asks for it once. ``known_at``: since when the
    platform is known to have been asked for it, in business time.
    """

    no: str
    attempt: str
    fen: int
    reason: str
    requested_at: datetime
    state: str = "REQUESTED"
    because: str = ""
    known_at: datetime | None = None


class Ledger(msgspec.Struct):
    """The folded entries of one order. Its sums in fen are of what attempts have brought: of an
    insured order, of the patient's half; the other half is ``fund``.

    Args:
        reason, because: why the order was closed, and the decision that this follows from.
    """

    attempts: dict[str, Attempt] = {}
    refunds: dict[str, Refund] = {}
    closed: bool = False
    lapsed: bool = False
    reason: str = ""
    because: str = ""
    fund: Fund | None = None

    @property
    def paid_fen(self) -> int:
        return sum(a.fen for a in self.attempts.values() if a.state == "PAID")

    @property
    def refunded_fen(self) -> int:
        return sum(r.fen for r in self.refunds.values() if r.state == "SUCCEEDED")

    @property
    def refunding_fen(self) -> int:
        """Asked back and neither arrived nor given up; an abnormal refund still counts."""
        return sum(
            r.fen
            for r in self.refunds.values()
            if r.state in ("REQUESTED", "PROCESSING", "ABNORMAL")
        )

    @property
    def kept_fen(self) -> int:
        """What the hospital keeps if every refund under way arrives."""
        return self.paid_fen - self.refunded_fen - self.refunding_fen

    @property
    def whole(self) -> bool:
        """Everybody who pays a part of it has paid."""
        if self.fund is None:
            return self.kept_fen > 0
        cash = self.kept_fen > 0 or not self.fund.split.self_
        return self.fund.paid and cash and not self.unwanted

    @property
    def unwanted(self) -> bool:
        """What is left of it goes back. Of an insured order, also when its time is over, or one
        half can never be paid.
        """
        if self.fund is None:
            return self.closed
        return self.closed or self.lapsed or self.fund.failed

    @property
    def returnable_fen(self) -> int:
        """What can still be asked back, of whoever paid it."""
        kept = self.fund.fen if self.fund and self.fund.state == "KEPT" else 0
        return self.kept_fen + kept

    def live_attempt(self) -> Attempt | None:
        """The attempt a patient could still pay."""
        return next((a for a in self.attempts.values() if a.state in LIVE), None)

    def loose_attempts(self) -> list[Attempt]:
        """Attempts let go that somebody may still pay."""
        return [a for a in self.attempts.values() if a.state == "CLOSED" and a.loose]

    def payable_attempts(self) -> list[Attempt]:
        """Whatever somebody may still pay, and the platform is to be asked about."""
        live = self.live_attempt()
        return [*([live] if live else []), *self.loose_attempts()]

    def state(self) -> str:
        """The order's state by the glossary; a closed attempt alone closes nothing.

        What is left of a closed order's money has to go back, also when the platform gave up a
        refund and a person has to look. A lapsed one is only unpaid: late money is its money.
        """
        held_fen = self.kept_fen + (self.fund.held_fen if self.fund else 0)
        if self.refunding_fen or (self.unwanted and held_fen > 0):
            return "REFUNDING"
        if self.whole:
            return "PAID"
        if self._all_back():
            return "REFUNDED"
        if self.closed or (self.fund and self.fund.failed):
            return "CLOSED"
        return "LAPSED" if self.lapsed else "OPEN"

    def _all_back(self) -> bool:
        """What was paid went back; an insured order may have lost a doubled payment meanwhile."""
        if self.fund is None:
            return self.refunded_fen > 0
        return self.unwanted and (self.refunded_fen > 0 or self.fund.state == "REVERSED")


def fold(entries: list[Entry]) -> Ledger:
    """The ledger of these entries."""
    ledger = Ledger(attempts={}, refunds={})
    for entry in entries:
        _APPLY[entry.kind](ledger, entry)
    return ledger


def _opened(ledger: Ledger, e: Entry) -> None:
    ledger.attempts[e.ref] = Attempt(
        no=e.ref, terms=msgspec.convert(e.data, Terms), fen=e.fen, opened_at=e.at
    )


def _ready(ledger: Ledger, e: Entry) -> None:
    attempt = ledger.attempts[e.ref]
    attempt.prepay, attempt.until = e.data["prepay"], e.data["until"]
    if attempt.state == "OPENING":
        attempt.state = "OPEN"


def _paid(ledger: Ledger, e: Entry) -> None:
    attempt = ledger.attempts[e.ref]
    attempt.state, attempt.transaction = "PAID", e.data["transaction"]


def _closed(ledger: Ledger, e: Entry) -> None:
    attempt = ledger.attempts[e.ref]
    if attempt.state != "PAID":
        attempt.state, attempt.loose = "CLOSED", e.data.get("loose", False)


def _requested(ledger: Ledger, e: Entry) -> None:
    ledger.refunds[e.ref] = Refund(no=e.ref, fen=e.fen, requested_at=e.at, **e.data)


def _order_closed(ledger: Ledger, e: Entry) -> None:
    ledger.closed = True
    ledger.reason, ledger.because = e.data.get("reason", ""), e.data.get("because", "")


def _order_lapsed(ledger: Ledger, e: Entry) -> None:
    ledger.lapsed = True


def _uploaded(ledger: Ledger, e: Entry) -> None:
    ledger.fund = msgspec.convert({**e.data, "since": e.at}, Fund)


def _fund(ledger: Ledger, e: Entry) -> None:
    if ledger.fund:
        told = {name: e.data[name] for name in ("setl", "words") if name in e.data}
        ledger.fund.tell(FUND_ACTIONS[e.kind], e.at, **told)


def _refund_state(state: str):
    def apply(ledger: Ledger, e: Entry) -> None:
        refund = ledger.refunds[e.ref]
        refund.state, refund.known_at = state, refund.known_at or e.at

    return apply


_APPLY = {
    Kind.ATTEMPT_OPENED: _opened,
    Kind.ATTEMPT_READY: _ready,
    Kind.ATTEMPT_PAID: _paid,
    Kind.ATTEMPT_CLOSED: _closed,
    Kind.REFUND_REQUESTED: _requested,
    Kind.REFUND_ACCEPTED: _refund_state("PROCESSING"),
    Kind.REFUND_SUCCEEDED: _refund_state("SUCCEEDED"),
    Kind.REFUND_ABNORMAL: _refund_state("ABNORMAL"),
    Kind.REFUND_CLOSED: _refund_state("CLOSED"),
    Kind.ORDER_CLOSED: _order_closed,
    Kind.ORDER_LAPSED: _order_lapsed,
    Kind.FUND_UPLOADED: _uploaded,
    **dict.fromkeys(FUND_ACTIONS, _fund),
}
