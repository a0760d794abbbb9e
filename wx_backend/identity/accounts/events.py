"""What accounts announce."""

from wx_backend.base.events import EventType

MERGED = EventType(
    "account.merged",
    1,
    {
        "account": "acc00000000000000000000000000",
        "into": "acc00000000000000000000000001",
    },
)

events = [MERGED]
