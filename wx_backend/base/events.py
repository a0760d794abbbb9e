"""Events: facts that one slice announces and others react to.

An event travels inside the document whose change caused it (``outbox``), so it exists if and only
if the change does. Names are ``thing.happened``; a change of ``data`` that old readers cannot take
raises the version and adds an upcaster.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from wx_backend.base.context import Ctx


class EventType(msgspec.Struct, frozen=True):
    """A kind of event.

    Args:
        name: ``thing.happened``.
        version: of ``data``.
        example: data as the newest version has it; message templates are rendered with it in tests.
        upcasters: by old version, a function turning that version's data into the next one's.
        critical: collected before others and delivered by the critical lane.
    """

    name: str
    version: int
    example: dict[str, Any]
    upcasters: dict[int, Callable[[dict], dict]] = {}
    critical: bool = False


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. ``id`` is document:version:n, so telling it twice is recognised."""

    id: str
    type: str
    v: int
    at: datetime
    inst: str | None
    subject: str
    actor: str
    trace: str
    data: dict[str, Any]


def happened(
    ctx: Ctx, kind: EventType, subject: str, version: int, n: int = 0, /, **data: Any
) -> dict:
    """The event as stored in ``outbox``; ``version`` is that of the document after the change.

    Only ``data`` goes by name, so that no field of an event can meet a parameter. An event of a
    critical kind says so itself (``critical``), so that the relay finds it before all others.
    """
    event = {
        "id": f"{subject}:{version}:{n}",
        "type": kind.name,
        "v": kind.version,
        "at": ctx.wire_now(),
        "inst": ctx.institution,
        "subject": subject,
        "actor": str(ctx.actor),
        "trace": ctx.trace,
        "data": data,
    }
    return {**event, "critical": True} if kind.critical else event


def load(stored: dict, kinds: dict[str, EventType]) -> Event:
    """A stored event in its newest version.

    Raises:
        KeyError: the type is unknown to this process.
    """
    kind = kinds[stored["type"]]
    version, data = stored["v"], stored["data"]
    while version < kind.version:
        data = kind.upcasters[version](data)
        version += 1
    fields = {name: stored[name] for name in Event.__struct_fields__}
    return Event(**{**fields, "v": version, "data": data})
