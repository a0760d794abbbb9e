"""The ledger of a waiting list: each entry, the number it was offered, and what it was told."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from tests.drill.books import Books
from tests.drill.line import Journal

FOUND = "apw"
"""Appointments that the list makes begin with this."""

BECAME = {
    "TAKEN": ("BOOKED", "CANCELLED"),
    "MISSED": ("EXPIRED",),
    "LEFT": ("CANCELLED",),
}
"""By the end of an entry that had an offer, what its number may have become."""

TOLD = ("waiting.offered", "waiting.expired", "waiting.cleared")
AT_ONCE = timedelta(minutes=20)
"""Business time within which two who come and go at one moment may change places."""


def problems(found: Books, entries: list[dict], journal: Journal) -> list[str]:
    """Everything that does not balance; empty when the ledger does."""
    return [
        *journal.surprises,
        *_ends(found, entries),
        *_told(found, entries),
        *_turns(entries),
        *_promises(entries, journal),
    ]


def _ends(found: Books, entries: list[dict]) -> Iterator[str]:
    """Every entry has come to an end; each number found is one entry's, and became what it says."""
    numbers = {one["_id"]: one for one in found.appointments if one["_id"].startswith(FOUND)}
    used = Counter(one["appointment"] for one in entries if one["appointment"])
    yield from (f"{key} was offered to {n}" for key, n in used.items() if n > 1)
    yield from (f"{key} was found for nobody" for key in numbers.keys() - used.keys())
    for one in entries:
        name, key = f"{one['_id']} ({one['state']})", one["appointment"]
        if one["state"] in ("WAITING", "OFFERED"):
            yield f"{name} has not come to an end"
        elif key and numbers[key]["state"] not in BECAME[one["state"]]:
            yield f"{name}: its number is {numbers[key]['state']}"
        if key and one["offered_at"] >= one["clears_at"]:
            yield f"{name} was offered a number past the cut-off"
        if one["limits"] != [f"key:{one['key']}"]:
            yield f"{name} still counts against its patient"


def _told(found: Books, entries: list[dict]) -> Iterator[str]:
    """Each is told once that there is a number, and once how it ended; nobody else is."""
    told = Counter(
        (one["event"]["type"], one["event"]["data"]["entry"], one["account"])
        for one in found.messages
        if one["event"]["type"] in TOLD
    )
    wanted = Counter()
    for one in entries:
        who = (one["_id"], one["account"])
        wanted["waiting.offered", *who] += bool(one["appointment"])
        wanted["waiting.expired", *who] += one["state"] == "MISSED"
        wanted["waiting.cleared", *who] += one["state"] == "CLEARED"
    for key in told | +wanted:
        if told[key] != wanted[key]:
            yield f"{key} was told {told[key]} times, not {wanted[key]}"


def _turns(entries: list[dict]) -> Iterator[str]:
    """Nobody was passed over who had waited for the same slot, and to the very end."""
    for one in entries:
        if one["state"] != "CLEARED":
            continue
        for other in entries:
            same = one["scope"] == other["scope"] == "slot" and one["slot"] == other["slot"]
            later = other["offered_at"] and one["joined_at"] < other["joined_at"]
            if same and later and one["joined_at"] + AT_ONCE < other["offered_at"]:
                yield f"{one['_id']} was passed over for {other['_id']}"


def _promises(entries: list[dict], journal: Journal) -> Iterator[str]:
    """Whatever a patient was told is so."""
    states = {one["_id"]: one["state"] for one in entries}
    for key, entry in journal.joined.items():
        if entry not in states:
            yield f"{key} was answered {entry}, which does not exist"
    yield from (f"{one} was shown as taken" for one in journal.taken if states[one] != "TAKEN")
    yield from (f"{one} was answered as left" for one in journal.left if states[one] != "LEFT")


def table(found: Books, entries: list[dict], journal: Journal) -> str:
    """Who waited, what came of it, who was told what."""
    states = Counter(one["state"] for one in entries)
    offers = [one for one in entries if one["appointment"]]
    used = Counter(one["appointment"] for one in offers)
    late = sum(one["offered_at"] >= one["clears_at"] for one in offers)
    told: dict[str, Counter[str]] = {}
    for message in found.messages:
        told.setdefault(message["event"]["type"], Counter())[message["state"]] += 1
    sums = found.platform["sums"]
    return "\n".join(
        [
            f"  joined {len(entries)} (answered {len(journal.joined)}): {_list(states)}",
            f"  offers {len(offers)}: {_list(Counter(one['state'] for one in offers))};"
            f" used by more than one {sum(n > 1 for n in used.values())}, past the cut-off {late}",
            *(f"  told {name}: {_list(told.get(name, Counter()))}" for name in TOLD),
            f"  told appointment.booked: {_list(told.get('appointment.booked', Counter()))}",
            f"  platform: paid {sums['paid']} fen, refunded {sums['refunded']}, balance"
            f" {sums['balance']}",
            f"  seen taken {len(journal.taken)}, answered left {len(journal.left)}; refused:"
            f" {_list(journal.refusals)}",
        ]
    )


def _list(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.most_common()) or "none"
