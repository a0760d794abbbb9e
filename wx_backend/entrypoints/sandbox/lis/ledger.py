"""What the LIS has been told of its critical values; the same control id counts once."""

import json
from typing import Any

from wx_backend.entrypoints.sandbox import clock
from wx_backend.entrypoints.sandbox.lis.wire import Message
from wx_backend.entrypoints.sandbox.store import Store

FIELDS = {
    "report": (2, 1), "specimen_no": (3, 1), "item": (4, 1), "item_name": (4, 2), "loinc": (4, 4),
    "state": (5, 1), "state_name": (5, 2), "number": (6, 1), "name": (6, 2), "role": (7, 1),
    "at": (8, 1), "channel": (9, 1), "measures": (10, 1), "alert": (11, 1),
}  # fmt: skip
"""Our words → field and component of ZCV."""

NEEDED = ("report", "item", "state", "name", "at")


def fault_of(message: Message) -> str:
    """Why a confirmation cannot be taken; empty when it can."""
    if (message.get("MSH", 9), message.get("MSH", 9, 2)) != ("ORA", "R41"):
        return "MSH-9 is not ORA^R41"
    for segment in ("MSA", "PRT", "ZCV"):
        if not message.has(segment):
            return f"no {segment}"
    missing = [name for name in NEEDED if not message.get("ZCV", *FIELDS[name])]
    return f"no {', '.join(missing)}" if missing else ""


class Ledger:
    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, message: Message, raw: bytes) -> None:
        """Keeps it, or counts the repetition. Raises ValueError: other words under its number."""
        key = message.get("MSH", 10)
        known = self._store.one("SELECT raw FROM lis_confirmations WHERE control_id = ?", key)
        if known is None:
            told = {name: message.get("ZCV", *where) for name, where in FIELDS.items()}
            told |= {"answers": message.get("MSA", 2), "person": message.get("PRT", 5, 2)}
            fields = json.dumps(told, ensure_ascii=False)
            row = {"control_id": key, "fields": fields, "raw": raw, "at": clock.now(), "times": 1}
            self._store.put("lis_confirmations", row)
        elif known["raw"] != raw:
            raise ValueError("same MSH-10, other words")
        else:
            again = "UPDATE lis_confirmations SET times = times + 1 WHERE control_id = ?"
            self._store.do(again, key)

    def listing(self) -> list[dict[str, Any]]:
        """Everything taken, oldest first; `times` is how often it came."""
        rows = self._store.many(
            "SELECT control_id, fields, at, times FROM lis_confirmations ORDER BY at, control_id"
        )
        return [
            {
                "control_id": row["control_id"], "taken_at": row["at"], "times": row["times"],
                **json.loads(row["fields"]),
            }
            for row in rows
        ]  # fmt: skip
