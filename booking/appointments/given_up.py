"""Numbers that somebody has given up, and who may not have them next. Pure.

Who sells numbers gives one up under one name and takes it at once under the buyer's (clinical.md
3.4: the same number regained by another account of the same device or address; no change of name).
"""

from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from booking.appointments.model import Appointment

MOST = 50_000
"""Slots remembered; the one heard of longest ago makes room."""

ENDS = frozenset({"CANCELLED", "EXPIRED", "RESCHEDULED"})
BY = frozenset({"patient", "system"})
"""Ends of a patient's own doing: given back, moved, or never paid."""


class Leaver(msgspec.Struct, frozen=True):
    """Who had a number: the account, for whom, from where; ``at``: when it was heard of."""

    appointment: str
    account: str
    patient: str
    traces: frozenset[str]
    at: datetime

    def passes_on_to(self, other: Appointment) -> bool:
        """Another person's, by the same account, device or address. One's own may be had again, and
        what the desk booked belongs to no account.
        """
        if other.patient_id == self.patient:
            return False
        same = bool(self.account) and other.account == self.account
        return same or bool(self.traces & set(other.origin))


class GivenUp:
    """By slot and number, who gave it up last."""

    def __init__(self, most: int = MOST) -> None:
        self._slots: OrderedDict[str, dict[int, Leaver]] = OrderedDict()
        self._most = most

    def note(self, doc: dict, now: datetime) -> None:
        """An appointment as stored has ended; heard of again, it is as it was first heard of."""
        if doc["state"] not in ENDS or doc.get("ended_by") not in BY:
            return
        known = self._slots.setdefault(doc["slot"], {})
        if (before := known.get(doc["number"])) and before.appointment == doc["_id"]:
            return
        traces = frozenset(doc.get("origin", ()))
        known[doc["number"]] = Leaver(doc["_id"], doc["account"], doc["patient_id"], traces, now)
        self._slots.move_to_end(doc["slot"])
        if len(self._slots) > self._most:
            self._slots.popitem(last=False)

    def barred(self, draft: Appointment, now: datetime, minutes: int) -> int:
        """Bit mask of the numbers of its slot that ``draft`` may not have yet."""
        since = now - timedelta(minutes=minutes)
        known = self._slots.get(draft.slot, {})
        numbers = (n for n, one in known.items() if one.at > since and one.passes_on_to(draft))
        return sum(1 << (number - 1) for number in numbers)
