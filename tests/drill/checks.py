"""Whether a ledger balances: each check names in words what does not.

No place lost or sold twice, no paid order without a seat or a refund, the same money as in the
platform's books, every event told once or silent, nothing left half done.
"""

from collections import Counter
from collections.abc import Iterator

from booking.appointments.model import SEATED
from booking.payments import service as payments
from booking.payments.store import ANNOUNCED
from notify.messages.catalogue import TOLD
from tests.drill.books import Books, Money

REFUND_STATUS = {
    "PROCESSING": "PROCESSING",
    "SUCCEEDED": "SUCCESS",
    "ABNORMAL": "ABNORMAL",
    "CLOSED": "CLOSED",
}
REMINDED = "event:appointment:coming"
"""Told of an appointment that has not changed."""

SENDABLE = {"SENT": (1, 1), "UNKNOWN": (0, 1)}
"""Least and most cards on the phone by a message's state; in any other state none."""


def problems(books: Books) -> list[str]:
    """Everything that does not balance; empty when the ledger does."""
    return [
        *_places(books),
        *_money(books),
        *agreed(books),
        *_events(books),
        *_messages(books),
        *(f"left over: {count} {what}" for what, count in books.leftovers.items()),
    ]


def posted(books: Books, entries: list[dict]) -> Iterator[str]:
    """What moved is in the HIS's books, once each."""
    moved = Counter(
        (move.no, move.kind, move.fen)
        for money in books.orders.values()
        for move in payments.moves_of(money.order)
    )
    there = Counter((one["order_reference"], one["kind"], one["fen"]) for one in entries)
    yield from (f"not in the HIS's books: {move}" for move in moved - there)
    yield from (f"only in the HIS's books: {entry}" for entry in there - moved)


def _places(books: Books) -> Iterator[str]:
    places = Counter((one["slot"], one["number"]) for one in books.appointments if "active" in one)
    yield from (f"sold {count} times: {place}" for place, count in places.items() if count > 1)
    keys = Counter(one["key"] for one in books.appointments)
    yield from (f"{count} appointments for key {key}" for key, count in keys.items() if count > 1)
    for one in books.appointments:
        name, seated = f"{one['_id']} ({one['state']})", one["state"] in SEATED
        if (seated or "returns_at" in one) != ("active" in one):
            yield f"{name} {'lost' if seated else 'keeps'} its place"
        if not 1 <= one["number"] <= books.slots[one["slot"]]["capacity"]:
            yield f"{name} has number {one['number']}"
        if not seated and one["limits"] != [f"key:{one['key']}"]:
            yield f"{name} still counts against its patient: {one['limits']}"


def _money(books: Books) -> Iterator[str]:
    seats: Counter[str] = Counter()
    for one in books.appointments:
        if one["state"] in SEATED - {"HELD"}:
            seats[one["paid_with"] or one["_id"]] += one["fee_fen"]
    for one in books.appointments:
        money = books.orders.get(one["_id"])
        owed = seats[one["_id"]]
        kept = money.ledger.kept_fen if money else 0
        if kept != owed:
            yield f"{one['_id']} is {one['state']}, of its money {kept} is kept, not {owed}"
        if money and money.order.state == "OPEN" and one["state"] != "HELD":
            yield f"{one['_id']} is {one['state']}, its order is still open"
    known = {one["_id"] for one in books.appointments}
    yield from (f"order for nothing: {key}" for key in books.orders.keys() - known)


def agreed(books: Books) -> Iterator[str]:
    if not books.platform["conserved"]:
        yield f"the platform's books do not balance: {books.platform['sums']}"
    ours = books.orders.values()
    paid = {row["out_trade_no"]: row["total"] for row in books.platform["orders"] if row["paid"]}
    if (mine := _paid(ours)) != paid:
        yield f"paid differs: {mine.items() ^ paid.items()}"
    back = {
        row["out_refund_no"]: (row["status"], row["amount"]) for row in books.platform["refunds"]
    }
    if (mine := _refunded(ours)) != back:
        yield f"refunds differ: {mine.items() ^ back.items()}"


def _paid(ours: list[Money]) -> dict[str, int]:
    return {
        attempt.no: attempt.fen
        for money in ours
        for attempt in money.ledger.attempts.values()
        if attempt.state == "PAID"
    }


def _refunded(ours: list[Money]) -> dict[str, tuple[str, int]]:
    return {
        refund.no: (REFUND_STATUS.get(refund.state, refund.state), refund.fen)
        for money in ours
        for refund in money.ledger.refunds.values()
    }


def _events(books: Books) -> Iterator[str]:
    """Each change of state has told its event, once."""
    told = Counter(one["subject"] for one in books.events if one["action"] != REMINDED)
    changes = {one["_id"]: one["version"] - _silent(one) for one in books.appointments}
    for money in books.orders.values():
        facts = [entry for entry in money.order.entries if entry.kind in ANNOUNCED]
        changes[money.order.id] = len(facts)
    for key, count in changes.items():
        if told[key] != count:
            yield f"{key} has changed {count} times and told {told[key]} events"


def _silent(one: dict) -> bool:
    """Whether it began as a hold, which tells nothing."""
    return bool(one["fee_fen"]) and not one["moves"]


def _messages(books: Books) -> Iterator[str]:
    told = {f"event:{name.replace('.', ':')}" for name in TOLD}
    wanted = {one["data"]["event"] for one in books.events if one["action"] in told}
    made = Counter(message["event"]["id"] for message in books.messages)
    yield from (f"event without its message: {event}" for event in wanted - made.keys())
    yield from (f"{count} messages of {event}" for event, count in made.items() if count > 1)
    for message in books.messages:
        least, most = SENDABLE.get(message["state"], (0, 0))
        if not least <= books.cards[message["_id"]] <= most:
            yield (
                f"message {message['_id']} is {message['state']} ({message.get('reason', '')}), "
                f"the phone shows it {books.cards[message['_id']]} times"
            )
    strange = books.cards.keys() - {message["_id"] for message in books.messages}
    yield from (f"a card of no message of ours: {card}" for card in strange)
