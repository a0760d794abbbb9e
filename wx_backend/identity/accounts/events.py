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

PARTED = EventType(
    "account.parted",
    1,
    {
        "account": "acc00000000000000000000000000",
        "of": "acc00000000000000000000000001",
    },
)

events = [MERGED, PARTED]
