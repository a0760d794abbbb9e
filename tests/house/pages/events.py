"""docs/events.md: what is announced, who reacts, and what people are told."""

from notify.messages.catalogue import ROWS, Silent, Told
from tests.house.pages.table import code, table
from wx_backend.base.events import EventType
from wx_backend.entrypoints import wiring

HEAD = """# Events

An event travels in the document whose change caused it and is delivered at least once; reactions
are idempotent. Its data may only change together with its version; `tests/house/events/` keeps all.

"""


def page() -> str:
    heard = wiring.reactions()
    rows = [
        [
            code(kind.name),
            kind.version,
            ", ".join(map(code, kind.example)),
            "<br>".join(code(_name(reaction)) for reaction in heard.get(kind.name, ())),
            _told(kind),
        ]
        for kind in sorted(wiring.events(), key=lambda kind: kind.name)
    ]
    return HEAD + table(["event", "version", "data", "who reacts", "message"], rows)


def _name(reaction: object) -> str:
    return f"{reaction.__module__}.{reaction.__name__}"


def _told(kind: EventType) -> str:
    match ROWS.get(kind.name):
        case Told(template=template, grade=grade):
            return f"{code(template)}, {grade.value}"
        case Silent(reason=reason):
            return f"nobody: {reason}"
    return ""
