"""The ledger of a drill as a person reads it: asked for, done, told."""

from collections import Counter

from tests.drill.books import Books
from tests.drill.crowd import Journal

ROWS = {
    "held": (None, None),
    "paid": ("payment.succeeded", None),
    "booked": ("appointment.booked", "appointment.booked"),
    "seated again": ("appointment.reseated", "appointment.reseated"),
    "no place left": ("appointment.unseated", "appointment.unseated"),
    "expired": ("appointment.expired", "appointment.expired"),
    "cancelled": ("appointment.cancelled", "appointment.cancelled"),
    "refunded": ("payment.refunded", "payment.refunded"),
    "refund abnormal": ("payment.refund_abnormal", "payment.refund_abnormal"),
}
"""By row: the event that says it is done, and the event people are told by (None: silent)."""


def table(books: Books, journal: Journal) -> str:
    """Rows of asked / done / told, and what is counted apart."""
    done = Counter(
        record["action"].removeprefix("event:").replace(":", ".") for record in books.events
    )
    told: dict[str, Counter[str]] = {}
    for message in books.messages:
        told.setdefault(message["event"]["type"], Counter())[message["state"]] += 1
    lines = [f"  {'':<16}{'asked':>7}{'done':>7}   told"]
    for row, (event, message) in ROWS.items():
        asked = str(journal.asked[row]) if row in journal.asked else "-"
        number = done[event] if event else len(books.appointments)
        lines.append(f"  {row:<16}{asked:>7}{number:>7}   {_told(told, message)}")
    return "\n".join([*lines, "", *_apart(books, journal)])


def _told(told: dict[str, Counter[str]], event: str | None) -> str:
    if event is None:
        return "silent"
    states = told.get(event, Counter())
    return " + ".join(f"{count} {state.lower()}" for state, count in states.most_common()) or "0"


def _apart(books: Books, journal: Journal) -> list[str]:
    states = Counter(message["state"] for message in books.messages)
    ends = Counter(one["state"] for one in books.appointments)
    rescues = Counter(one["rescue"] for one in books.appointments if one["rescue"])
    sums = books.platform["sums"]
    return [
        f"  appointments now: {_list(ends)}; paid late: {_list(rescues)}",
        f"  platform: paid {sums['paid']} fen, refunded {sums['refunded']}, abnormal"
        f" {sums['abnormal']}, balance {sums['balance']}",
        f"  messages: {_list(states)}; cards on phones {sum(books.cards.values())};"
        f" unknown sends counted apart: {states['UNKNOWN']},"
        f" of which {_arrived(books)} did arrive",
        f"  acknowledged: {len(journal.held)} holds, {len(journal.booked)} seen booked,"
        f" {len(journal.cancelled)} cancelled; refused: {_list(journal.refusals)}",
    ]


def _arrived(books: Books) -> int:
    return sum(1 for one in books.messages if one["state"] == "UNKNOWN" and books.cards[one["_id"]])


def _list(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.most_common()) or "none"
