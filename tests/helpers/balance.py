"""What must hold of places and money after anything: the ledger of a test."""

from collections import Counter

from booking.appointments.model import SEATED, from_waiting
from booking.payments import moves
from booking.payments.model import UNSETTLED, Order, platform_of
from booking.schedules.model import Slot
from booking.schedules.view import Availability
from booking.waiting import model as waiting

OF_ACCOUNT = ("account", "account_open", "phone")
"""Limits that a hospital may switch off, and that a place kept for somebody does not take."""

GIVEN = frozenset({"OFFERED", "TAKEN", "MISSED"})
"""States of an entry that was given a number."""


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


def money_adds_up(
    orders: list[Order], docs: list[dict], books: dict[str, dict], at_rest: bool
) -> None:
    """Our ledgers and each platform's ``books`` tell the same, and money is kept only for seats."""
    assert all(one["conserved"] for one in books.values())
    for order in orders:
        ledger = order.ledger()
        assert order.state == ledger.state()
        assert 0 <= ledger.kept_fen <= order.amount_fen, order
        assert moves.days(order.entries) == order.days, order
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
    for platform, theirs in books.items():
        ours_agree_with(orders, platform, theirs)


def ours_agree_with(orders: list[Order], platform: str, theirs: dict) -> None:
    """What came and went, by our ledgers and by the platform's; of a refund that waits for a person
    either may be so.
    """
    balance, unsure = 0, 0
    for order in orders:
        for move in moves.moves(order):
            if move.platform == platform:
                balance += move.fen if move.kind == "PAID" else -move.fen
        ledger = order.ledger()
        for refund in ledger.refunds.values():
            here = platform_of(ledger.attempts[refund.attempt].method) == platform
            unsure += refund.fen if here and refund.state in UNSETTLED else 0
    told = theirs["sums"]["balance"]
    assert balance - unsure <= told <= balance, (platform, balance, unsure, theirs["sums"])


def waiting_adds_up(entries: list[dict], docs: list[dict], at_rest: bool) -> None:
    """An entry is used once: one number offered to one entry, and both end together."""
    given = [entry["appointment"] for entry in entries if entry.get("appointment")]
    made = {doc["_id"]: doc for doc in docs if from_waiting(doc["_id"])}
    assert sorted(given) == sorted(made), "a number was offered twice, or to nobody"
    for entry in entries:
        kinds = Counter(key.split(":")[0] for key in entry["limits"])
        waits = entry["state"] in waiting.OPEN
        assert kinds == ({"key": 1, "day": 1, "account": 1, "person": 1} if waits else {"key": 1})
        assert entry["state"] not in GIVEN or entry.get("appointment"), entry
        if at_rest and entry.get("appointment"):
            held = made[entry["appointment"]]["state"] == "HELD"
            assert held == (entry["state"] == "OFFERED"), (entry, made[entry["appointment"]])


def places_exist(docs: list[dict], slots: list[Slot], asked: set[str]) -> None:
    """Who has a number has one that is there, or (``asked``) is to say what they want instead. A
    number given up while its session is closed waits for it to be opened again.
    """
    known = {slot.id: slot for slot in slots}
    for doc in docs:
        slot = known.get(doc["slot"])
        if slot is None or not doc.get("active") or doc["_id"] in asked:
            continue
        if doc.get("returns_at") and slot.state != "OPEN":
            continue
        numbers = {*range(1, slot.capacity + 1), *(extra.first for extra in slot.extras)}
        assert slot.state == "OPEN" and doc["number"] in numbers, (doc, slot)


def view_agrees(view: Availability, slots: list[Slot], docs: list[dict]) -> None:
    """What a web process offers is what the index says."""
    taken = Counter(doc["slot"] for doc in docs if doc.get("active"))
    for slot in slots:
        assert view.taken(slot) == taken[slot.id], slot


def _owed(order: Order, seat: dict) -> int:
    """Who has taken a cheaper number by themselves got the difference back."""
    return min(order.amount_fen, seat["fee_fen"]) if seat.get("moves") else order.amount_fen
