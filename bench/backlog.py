"""What the worker has still to do: events in outboxes, deliveries and messages that are due."""

import time
from datetime import UTC, datetime

from pymongo.database import Database


def left(tables: "Database[dict]") -> int:
    """Undelivered events, deliveries and messages due now."""
    due = {"due_at": {"$lte": datetime.now(UTC)}}
    outboxes = {"outbox.at": {"$type": "date"}}
    names = tables.list_collection_names()
    messages = [name for name in names if name.startswith("messages_")]
    return sum(
        [
            *(tables[name].count_documents(outboxes) for name in ("appointments", "bindings")),
            *(tables[name].count_documents(due) for name in ("deliveries", *messages)),
        ]
    )


def drained(tables: "Database[dict]", patience: float) -> float:
    """Seconds until nothing is left.

    Raises:
        AssertionError: something is left after ``patience`` seconds.
    """
    began = time.perf_counter()
    while rest := left(tables):
        waited = time.perf_counter() - began
        assert waited < patience, f"{rest} left after {waited:.0f} s"
        time.sleep(0.1)
    return round(time.perf_counter() - began, 2)
