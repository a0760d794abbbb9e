"""Money that came or went, as the books of a day list it. Pure."""

from collections.abc import Iterator
from datetime import date, datetime

from booking.payments.ledger import Attempt, Entry, Kind, Ledger
from booking.payments.model import Move, Order, platform_of
from wx_backend.base.clock import local_date

MOVED = {Kind.ATTEMPT_PAID: "PAID", Kind.REFUND_SUCCEEDED: "REFUNDED"}


def moment(entry: Entry) -> datetime:
    """When it happened: as the platform says, else when we learnt of it."""
    return entry.data.get("moved_at", entry.at)


def day_of(entry: Entry) -> str:
    """The local date that its money belongs to."""
    return local_date(moment(entry)).isoformat()


def days(entries: list[Entry]) -> list[str]:
    """Every date on which money came or went."""
    return sorted({day_of(entry) for entry in entries if entry.kind in MOVED})


def attempt_of(ledger: Ledger, entry: Entry) -> Attempt:
    """The attempt that an entry is about, be it by one of its refunds."""
    refund = ledger.refunds.get(entry.ref)
    return ledger.attempts[refund.attempt if refund else entry.ref]


def moves(order: Order, day: date | None = None) -> Iterator[Move]:
    """What came and went, in the order in which we learnt of it; of one day, or all."""
    ledger = order.ledger()
    for entry in order.entries:
        if entry.kind in MOVED and (day is None or day_of(entry) == day.isoformat()):
            yield _move(order, attempt_of(ledger, entry), entry)


def _move(order: Order, attempt: Attempt, entry: Entry) -> Move:
    return Move(
        order=order.id,
        no=entry.ref,
        attempt=attempt.no,
        kind=MOVED[entry.kind],
        fen=entry.fen,
        platform=platform_of(attempt.method),
        merchant=attempt.terms.merchant,
        transaction=attempt.transaction or "",
        at=moment(entry),
        purpose=order.purpose,
        references=order.references,
        amounts=order.amounts,
    )
