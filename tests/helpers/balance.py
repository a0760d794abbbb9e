"""What must hold of places and money after anything: the ledger of a test."""

from collections import Counter

from booking.appointments.model import SEATED
from booking.payments.model import Order

OF_ACCOUNT = ("account", "account_open", "phone")
"""Limits that a hospital may switch off, and that a place kept for somebody does not take."""


def appointments_add_up(docs: list[dict]) -> None:
    """Seated means one place and the person's limits; ended means neither, but for a number that is
    kept for who waits.
    """
    places = Counter((doc["slot"], doc["number"]) for doc in docs if doc.get("active"))
    assert max(places.values(), default=1) == 1, "a number was given twice"
    for doc in docs:
        seated = doc["state"] in SEATED
        assert doc.get("active", False) == (seated or "returns_at" in doc), doc
        assert not (seated and doc.get("returns_at")), doc
        kinds = Counter(key.split(":")[0] for key in doc["limits"])
        wanted = {"key": 1, "session": 1, "day": 1, "open": 1} if seated else {"key": 1}
        of_account = {name: 1 for name in OF_ACCOUNT if seated and name in kinds}
        assert kinds == {**wanted, **of_account}, doc


def money_adds_up(orders: list[Order], docs: list[dict], books: dict, at_rest: bool) -> None:
    """Our ledgers and the platform's books tell the same, and money is kept only for seats."""
    assert books["conserved"]
    for order in orders:
        ledger = order.ledger()
        assert order.state == ledger.state()
        assert 0 <= ledger.kept_fen <= order.amount_fen, order
    if not at_rest:
        return
    seats = {doc.get("paid_with") or doc["_id"]: doc for doc in docs if doc["state"] in SEATED}
    for order in orders:
        if any(refund.state == "CLOSED" for refund in order.ledger().refunds.values()):
            continue  # given up by the platform: a person looks after the rest
        seat = seats.get(order.purpose["id"])
        owed = _owed(order, seat) if seat and seat["state"] != "HELD" else 0
        assert order.ledger().kept_fen == owed, (order, seat)
        assert order.state != "OPEN" or (seat and seat["state"] == "HELD"), (order, seat)
    kept = sum(order.ledger().kept_fen for order in orders)
    assert books["sums"]["balance"] == kept, books["sums"]


def _owed(order: Order, seat: dict) -> int:
    """Who has taken a cheaper number by themselves got the difference back."""
    return min(order.amount_fen, seat["fee_fen"]) if seat.get("moves") else order.amount_fen
