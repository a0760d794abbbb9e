"""Everything a ledger is drawn from: our documents and the platforms' own books."""

from collections import Counter
from typing import Any, NamedTuple

import msgspec
from pymongo.database import Database

from booking.payments.ledger import Ledger
from booking.payments.model import Order
from wx_backend.entrypoints import wiring
from wx_backend.entrypoints.demo.phone import Sandbox

OUTBOXES = tuple(one.name for one in wiring.collections() if one.outbox)
SEND = "/wx/cgi-bin/message/template/send"


class Money(NamedTuple):
    """One order of ours: the document, and its entries folded."""

    order: Order
    ledger: Ledger


class Books(NamedTuple):
    """Read once, when nothing moves any more."""

    appointments: list[dict]
    slots: dict[str, dict]
    orders: dict[str, Money]
    """By the id of the appointment they pay for."""
    messages: list[dict]
    events: list[dict]
    """The audit record of every event that the relay has collected."""
    leftovers: Counter[str]
    """What is still under way, by what it is: events, deliveries, leases, callbacks."""
    platform: dict[str, Any]
    cards: Counter[str]
    """Messages that the platform accepted, by our id."""
    sends: int
    """How often the platform was asked to send."""


def read(database: Database, sandbox: Sandbox) -> Books:
    """Both sides, as they are now."""
    journal = sandbox.get("journal")
    money = [_money(doc) for doc in database.orders.find({}, {"outbox": 0})]
    return Books(
        appointments=list(database.appointments.find({}, {"outbox": 0})),
        slots={doc["_id"]: doc for doc in database.slots.find()},
        orders={one.order.purpose["id"]: one for one in money},
        messages=_monthly(database, "messages"),
        events=[doc for doc in _monthly(database, "audit") if doc["action"].startswith("event:")],
        leftovers=leftovers(database),
        platform=_platforms(sandbox),
        cards=Counter(card["client_msg_id"] for card in journal["messages"]),
        sends=journal["calls"].get(SEND, 0),
    )


def _platforms(sandbox: Sandbox) -> dict[str, Any]:
    """The books of both pay platforms as one, in WeChat Pay's words."""
    one, other = sandbox.get("books"), sandbox.get("alipay/books")
    back = [{**row, "out_refund_no": row["out_request_no"]} for row in other["refunds"]]
    return {
        "orders": one["orders"] + other["trades"],
        "refunds": one["refunds"] + back,
        "sums": {name: fen + other["sums"].get(name, 0) for name, fen in one["sums"].items()},
        "conserved": one["conserved"] and other["conserved"],
    }


def untold(database: Database) -> Counter[str]:
    """Facts that have not reached everybody yet, by where they are."""
    found: Counter[str] = Counter()
    for name in OUTBOXES:
        found[f"{name} with events"] = database[name].count_documents(
            {"outbox.at": {"$exists": True}}
        )
    for waiting in database.deliveries.find({"state": {"$ne": "DONE"}}):
        why = waiting.get("reason", "not tried")
        found[f"deliveries {waiting['state']} to {waiting['reaction']} ({why})"] += 1
    for name in _months(database, "messages"):
        found[f"{name} due"] = database[name].count_documents({"due_at": {"$exists": True}})
    return +found


OF_A_CLOSED_SESSION = {
    "returns_at": {"$exists": True},
    "$expr": {"$eq": ["$due_at", "$starts_at"]},
}
WAITING = {
    "state": {"$ne": "HELD"},
    "entries.kind": {"$ne": "refund_abnormal"},
    "$nor": [OF_A_CLOSED_SESSION],
}
"""Not unfinished: a hold that may run out, a refund that waits for a person, and a number that
waits for its session to be opened again, or to begin.
"""

STANDING = ("timetables", "reminders", "tasks", "number_days", "price_imports")
"""What is due again every night, every few minutes or some day, and what waits for people, is never
finished; somebody may be at it at any moment, or have been killed at it."""


def leftovers(database: Database) -> Counter[str]:
    """What is not finished: untold, due or leased."""
    found = untold(database)
    for name in database.list_collection_names():
        if name not in STANDING:
            found[f"{name} leased"] = database[name].count_documents({"lease": {"$exists": True}})
            found[f"{name} due"] = database[name].count_documents(
                {"due_at": {"$exists": True}, **WAITING}
            )
    return +found


def _money(doc: dict) -> Money:
    order = msgspec.convert(doc, Order)
    return Money(order, order.ledger())


def _monthly(database: Database, name: str) -> list[dict]:
    return [doc for month in _months(database, name) for doc in database[month].find()]


def _months(database: Database, name: str) -> list[str]:
    return sorted(one for one in database.list_collection_names() if one.startswith(f"{name}_2"))
