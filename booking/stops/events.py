"""What stop-clinic announces. What becomes of the appointment is told by the appointment."""

from datetime import UTC, datetime

from booking.stops.model import Case
from wx_backend.base.context import Ctx
from wx_backend.base.events import EventType, happened

_CASE = {
    "case": "stc0000000000000000000000000",
    "schedule": "sch0000000000000000000000000",
    "appointment": "apt0000000000000000000000000",
    "account": "acc0000000000000000000000000",
    "patient": "王*国",
    "department": "心血管内科",
    "doctor": "周启明",
    "starts_at": datetime(2026, 11, 24, 1, 30, tzinfo=UTC),
    "fee_fen": 5000,
}

ASKED = EventType(
    "stop.asked",
    1,
    {**_CASE, "same": True, "other": True, "deadline": datetime(2026, 11, 24, 0, 0, tzinfo=UTC)},
)
"""``same`` and ``other``: whether a replacement and another date are offered."""

CALL_DUE = EventType("stop.call_due", 1, dict(_CASE))
CALLED = EventType("stop.called", 1, {**_CASE, "outcome": "REACHED"})
ANSWERED = EventType("stop.answered", 1, {**_CASE, "choice": "refund", "by": "account:acc00"})
SETTLED = EventType("stop.settled", 1, {**_CASE, "choice": "refund"})
REOPENED = EventType("stop.reopened", 1, dict(_CASE))
DROPPED = EventType("stop.dropped", 1, dict(_CASE))
"""The appointment has ended otherwise: nothing is left to be decided."""


def change(ctx: Ctx, kind: EventType, case: Case, **more: object) -> dict:
    """The event of the next version of ``case``."""
    return happened(ctx, kind, case.id, case.version + 1, **case.facts(), **more)


def asked(case: Case) -> dict[str, object]:
    return {
        "same": case.same is not None,
        "other": case.other is not None,
        "deadline": case.deadline,
    }


events = [ASKED, CALL_DUE, CALLED, ANSWERED, SETTLED, REOPENED, DROPPED]
