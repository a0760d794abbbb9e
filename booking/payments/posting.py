"""Which entries a new fact adds to an order's ledger. Pure.

None of these goes backwards, and a fact already known adds nothing.
"""

from datetime import datetime

import msgspec

from booking.payments import insurance
from booking.payments.ledger import LIVE, Attempt, Entry, Kind, Ledger, Terms
from wx_backend.base import ids
from wx_backend.base.errors import AppError, WrongState


class AmountDiffers(AppError):
    """A payment or refund of another amount than asked for: an alarm, and nothing changes."""

    code, status, message = "amount_differs", 400, "金额与订单不符"


class OrderClosed(AppError):
    """What the order was for is gone, or its time is over; no new attempt may start."""

    code, status, message = "order_closed", 409, "该订单已关闭，请重新下单"


NOT_INSURED = "医保未能结算，请重新下单，可改为自费支付"


class UnknownReference(AppError):
    code, status, message = "unknown_reference", 404, "没有这笔支付或退款"


def open_attempt(
    order_id: str, ledger: Ledger, fen: int, at: datetime, terms: Terms
) -> list[Entry]:
    """A new attempt unless one is live. Its number is derived, so a repeat is the same attempt.

    Raises:
        OrderClosed: what it was for is gone, or its time is over, or the insurance does not pay.
        FundUnsettled: the insurance has not paid its part yet.
    """
    still_open(ledger)
    insurance.ready(ledger)
    if ledger.live_attempt():
        return []
    no = ids.derive("pay", order_id, len(ledger.attempts))
    return [Entry(Kind.ATTEMPT_OPENED, no, at, fen, msgspec.structs.asdict(terms))]


def still_open(ledger: Ledger) -> None:
    """Raises OrderClosed: nothing of it may be paid any more."""
    if ledger.fund and ledger.fund.failed:
        raise OrderClosed(NOT_INSURED)
    if ledger.lapsed or ledger.unwanted:
        raise OrderClosed()


def ready(ledger: Ledger, no: str, prepay: str, at: datetime, until: datetime) -> list[Entry]:
    """The platform has given out its prepay id or address, good ``until`` then (real time)."""
    if _attempt(ledger, no).prepay:
        return []
    return [Entry(Kind.ATTEMPT_READY, no, at, data={"prepay": prepay, "until": until})]


def closed(ledger: Ledger, no: str, at: datetime, loose: bool = False) -> list[Entry]:
    """The platform will take no more money for this attempt; ``loose``: as far as that is ours to
    say.
    """
    known = _attempt(ledger, no)
    settled = known.state == "CLOSED" and known.loose and not loose
    if known.state not in LIVE and not settled:
        return []
    return [Entry(Kind.ATTEMPT_CLOSED, no, at, data={"loose": True} if loose else {})]


def paid(
    ledger: Ledger,
    no: str,
    fen: int,
    transaction: str,
    at: datetime,
    owed_fen: int,
    moved_at: datetime | None = None,
) -> list[Entry]:
    """The platform has the money. A second payment of one order goes back at once.

    ``moved_at``: when it says that this happened, in business time; else now.

    Raises:
        UnknownReference: no such attempt.
        AmountDiffers: not the amount that was asked for.
    """
    attempt = _attempt(ledger, no)
    if attempt.fen != fen:
        raise AmountDiffers()
    if attempt.state == "PAID":
        return []
    entries = [_moved(Kind.ATTEMPT_PAID, no, at, fen, moved_at, transaction=transaction)]
    if ledger.kept_fen + fen > owed_fen:
        entries.append(_refund_of(attempt, fen, "重复支付", at))
    return entries


def cash(
    order_id: str, ledger: Ledger, method: str, fen: int, at: datetime, receipt: str
) -> list[Entry]:
    """The money is in the hospital's hand: an attempt that is opened and paid at once.

    Raises:
        OrderClosed: what it was for is gone, or its time is over.
        WrongState: the payer's phone has pressed pay since; what is open is to be closed first.
    """
    opened = open_attempt(order_id, ledger, fen, at, Terms(method=method, expires_at=at))
    if not opened:
        raise WrongState()
    return [*opened, _moved(Kind.ATTEMPT_PAID, opened[0].ref, at, fen, None, transaction=receipt)]


def close_order(
    order_id: str, ledger: Ledger, at: datetime, reason: str = "", because: str = ""
) -> list[Entry]:
    """No new attempt from now on; of an insured order, both halves go back for this reason."""
    given = {"reason": reason, "because": because}
    told = {name: words for name, words in given.items() if words}
    return [] if ledger.closed else [Entry(Kind.ORDER_CLOSED, order_id, at, data=told)]


def lapse_order(order_id: str, ledger: Ledger, at: datetime) -> list[Entry]:
    """Its time is over: no new attempt from now on, unless one is still live or money has come."""
    unpaid = ledger.state() == "OPEN" and not ledger.live_attempt()
    return [Entry(Kind.ORDER_LAPSED, order_id, at)] if unpaid else []


def refund_all(ledger: Ledger, reason: str, at: datetime, because: str = "") -> list[Entry]:
    """Everything paid and not yet on its way back goes back, one refund for each paid attempt."""
    entries = []
    for attempt in ledger.attempts.values():
        left, before = _left(ledger, attempt)
        if left > 0:
            entries.append(_refund_of(attempt, left, reason, at, before, because))
    return entries


def _left(ledger: Ledger, attempt: Attempt) -> tuple[int, int]:
    """(fen of it that are not on their way back, refunds it has had)."""
    refunds = [r for r in ledger.refunds.values() if r.attempt == attempt.no]
    paid = attempt.fen if attempt.state == "PAID" else 0
    return paid - sum(r.fen for r in refunds if r.state != "CLOSED"), len(refunds)


def refund_over(
    ledger: Ledger, keep_fen: int, reason: str, at: datetime, because: str = ""
) -> list[Entry]:
    """What is kept beyond ``keep_fen`` goes back, from the paid attempts that still have it."""
    entries, over = [], ledger.kept_fen - keep_fen
    for attempt in ledger.attempts.values():
        left, before = _left(ledger, attempt)
        if over > 0 and left > 0:
            part = min(left, over)
            entries.append(_refund_of(attempt, part, reason, at, before, because))
            over -= min(left, over)
    return entries


def asked_back(ledger: Ledger, because: str) -> bool:
    """Whether a decision has been carried out."""
    asked = (ledger.because, *(one.because for one in ledger.refunds.values()))
    return because != "" and because in asked


def refund_part(
    ledger: Ledger, fen: int, reason: str, at: datetime, because: str = ""
) -> list[Entry]:
    """So much of what is kept goes back, once for each ``because``. Raises WrongState: there is
    less.
    """
    if asked_back(ledger, because):
        return []
    if fen > ledger.kept_fen:
        raise WrongState()
    return refund_over(ledger, ledger.kept_fen - fen, reason, at, because)


def refund_result(
    ledger: Ledger,
    no: str,
    state: str,
    at: datetime,
    fen: int | None = None,
    moved_at: datetime | None = None,
) -> list[Entry]:
    """What the platform says of a refund: PROCESSING, SUCCESS, ABNORMAL or CLOSED. Forward only.

    ``moved_at``: when it says that the money arrived, in business time; else now.

    Raises:
        UnknownReference: no such refund.
        AmountDiffers: not the amount that was asked back.
    """
    refund = ledger.refunds.get(no)
    if refund is None:
        raise UnknownReference(ref=no)
    if fen is not None and fen != refund.fen:
        raise AmountDiffers()
    kind, after = RESULTS[state]
    if RANK[after] <= RANK[refund.state]:
        return []
    return [_moved(kind, no, at, refund.fen, moved_at if state == "SUCCESS" else None)]


RANK = {"REQUESTED": 0, "PROCESSING": 1, "ABNORMAL": 2, "CLOSED": 3, "SUCCEEDED": 3}
"""A refund only moves to a higher rank: an old answer that arrives late changes nothing."""

RESULTS = {
    "PROCESSING": (Kind.REFUND_ACCEPTED, "PROCESSING"),
    "SUCCESS": (Kind.REFUND_SUCCEEDED, "SUCCEEDED"),
    "ABNORMAL": (Kind.REFUND_ABNORMAL, "ABNORMAL"),
    "CLOSED": (Kind.REFUND_CLOSED, "CLOSED"),
}


def _attempt(ledger: Ledger, no: str) -> Attempt:
    if no not in ledger.attempts:
        raise UnknownReference(ref=no)
    return ledger.attempts[no]


def _moved(
    kind: Kind, no: str, at: datetime, fen: int, moved_at: datetime | None, **data: str
) -> Entry:
    """An entry of now about money that may have moved before."""
    return Entry(kind, no, at, fen, {**data, **({"moved_at": moved_at} if moved_at else {})})


def _refund_of(
    attempt: Attempt, fen: int, reason: str, at: datetime, nth: int = 0, because: str = ""
) -> Entry:
    no = ids.derive("ref", attempt.no, nth)
    data = {"attempt": attempt.no, "reason": reason, **({"because": because} if because else {})}
    return Entry(Kind.REFUND_REQUESTED, no, at, fen, data)
