"""What accounts announce."""

from datetime import UTC, datetime

from wx_backend.base.events import EventType

MERGED = EventType(
    "account.merged",
    1,
    {
        "account": "acc00000000000000000000000000",
        "into": "acc00000000000000000000000001",
    },
)

PARTED = EventType(
    "account.parted",
    1,
    {
        "account": "acc00000000000000000000000000",
        "of": "acc00000000000000000000000001",
    },
)

_ACCOUNT = {"account": "acc00000000000000000000000000"}

CLOSING_ASKED = EventType(
    "account.closing_asked",
    1,
    {**_ACCOUNT, "until": datetime(2026, 12, 7, 1, 30, tzinfo=UTC)},
)
CLOSING_WITHDRAWN = EventType("account.closing_withdrawn", 1, _ACCOUNT)
CLOSING_HELD = EventType(
    "account.closing_held", 1, {**_ACCOUNT, "reasons": ["有 1 个未就诊的预约"]}
)
CLOSED = EventType("account.closed", 1, {**_ACCOUNT, "merged": 0})

events = [MERGED, PARTED, CLOSING_ASKED, CLOSING_WITHDRAWN, CLOSING_HELD, CLOSED]
