"""What becomes of money at the HIS: for whoever follows a bill or a number there."""

from typing import Any

from booking.postings.model import Posting
from wx_backend.base.context import Ctx
from wx_backend.base.events import EventType, happened

_WHAT = {
    "posting": "pst0000000000000000000000000",
    "kind": "PAID",
    "order": "ord0000000000000000000000000",
    "purpose": {"kind": "bill", "id": "bil0000000000000000000000000"},
    "reference": "pay0000000000000000000000000",
    "references": ["MZ20261122000001"],
    "fen": 5000,
}

DONE = EventType("posting.done", 1, {**_WHAT, "entry": "H000000001"})
"""It is in the HIS's books, under ``entry``."""
FAILED = EventType("posting.failed", 1, {**_WHAT, "why": "closed_period"})
"""The HIS said no; a person decides what follows. ``why``: the HIS's own code."""
GIVING_BACK = EventType("posting.giving_back", 1, _WHAT)
"""A person has decided that the money goes back: what it has bought goes too."""
RETURNED = EventType("posting.returned", 1, _WHAT)
"""A payment that the HIS never booked, and all of it went back."""
SETTLED = EventType("posting.settled", 1, {**_WHAT, "why": "已在医院系统手工补录"})
"""A person has seen to it by hand."""


def change(ctx: Ctx, kind: EventType, posting: Posting, **more: Any) -> dict:
    """The event of its next version."""
    facts = {
        "posting": posting.id,
        "kind": posting.kind,
        "order": posting.order,
        "purpose": posting.purpose,
        "reference": posting.reference,
        "references": list(posting.references),
        "fen": posting.fen,
        **more,
    }
    return happened(ctx, kind, posting.id, posting.version + 1, **facts)


events = [DONE, FAILED, GIVING_BACK, RETURNED, SETTLED]
