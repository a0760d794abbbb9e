"""An event on its way to one reaction: its states, and how long a failed one waits (pure)."""

import hashlib
import zlib
from datetime import datetime, timedelta
from typing import Any

import msgspec.json

from wx_backend.base.errors import AppError, Forbidden, Invalid, NotFound
from wx_backend.base.machine import Machine
from wx_backend.base.words import Filled

DUE = "DUE"
DONE = "DONE"
PARKED = "PARKED"

DELIVERY = Machine(
    "delivery",
    states=frozenset({DUE, DONE, PARKED}),
    initial=DUE,
    transitions={
        (DUE, "succeed"): DONE,
        (DUE, "fail"): DUE,
        (DUE, "park"): PARKED,
        (PARKED, "replay"): DUE,
    },
    terminal=frozenset({DONE}),
)

WAITS = (1, 5, 30, 120, 600, *[3600] * 6)
"""Seconds before each new try; after the last one the delivery is parked (about six hours)."""

SPREAD = "relay.spread"
"""The reaction of an event nobody here knows: hand it out once its type is known."""

HOPELESS = (Invalid, NotFound, Forbidden)
"""Refusals that no repetition changes; such a delivery is parked at once."""


class UnknownEvent(AppError):
    """This process knows neither the event's type nor its version (a newer program wrote it)."""

    code, status, message = "unknown_event", 500, "暂不认识的事件"


class UnknownReaction(AppError):
    """The delivery's reaction is not among those of this process."""

    code, status, message = "unknown_reaction", 500, "暂不认识的处理步骤"


def wait_after(tries: int, key: str) -> timedelta | None:
    """How long to wait after the ``tries``-th failure (from 1); None when a person must look.

    Up to a fifth is added, always the same for one ``key``, so that what failed together does not
    come back together.
    """
    if tries > len(WAITS):
        return None
    spread = zlib.crc32(key.encode()) % 1000 / 5000
    return timedelta(seconds=WAITS[tries - 1] * (1 + spread))


def mended(original: Any, edited: Any, name: str = "") -> Any:
    """Edited data with its moments as moments: under ``…_at``, unless the original had text there.

    Raises:
        Invalid: no moment (ISO 8601 with its offset) where there has to be one.
    """
    if isinstance(edited, dict):
        old = original if isinstance(original, dict) else {}
        return {key: mended(old.get(key), value, key) for key, value in edited.items()}
    if isinstance(edited, list):
        old = original if isinstance(original, list) else []
        return [mended(old[n] if n < len(old) else None, one) for n, one in enumerate(edited)]
    if isinstance(edited, str) and name.endswith("_at") and not isinstance(original, str):
        return _moment(edited, name)
    return edited


def _moment(text: str, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        wrong = Filled("%(name)s 须为带时区的时间，例如 2026-11-24T08:00:00Z", name=name)
        raise Invalid(fields={"data": wrong})
    return found


def digest(data: Any) -> str:
    """Of data as its JSON, the order of fields apart."""
    return hashlib.sha256(msgspec.json.encode(data, order="deterministic")).hexdigest()


def reason_of(error: BaseException) -> str:
    """A stable word for a failure, without any of its text."""
    return error.code if isinstance(error, AppError) else type(error).__name__
