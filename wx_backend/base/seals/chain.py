"""The chain of seals over a month of audit records. Pure.

A seal names its records with their digests and the chain value of the seal before it; its own chain
value is the digest of all that, and is signed. So no record and no seal can be changed, removed,
inserted or moved without a seal that no longer fits.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

OPEN = "open"
"""The mark of a record that is not sealed yet; no part of its digest."""

LATE = timedelta(minutes=5)
"""A record sealed so long after it says it was made is reported: a clock, a queue or a forger."""


class Seal(msgspec.Struct, frozen=True, kw_only=True, rename={"n": "_id"}):
    """One link. ``entries`` are (record id, digest) in the order they were sealed; ``link`` is the
    last chain value of the months before, for the first seal of a month.
    """

    n: int
    month: str
    at: datetime
    prev: str
    link: str
    entries: tuple[tuple[str, str], ...]
    key: str
    chain: str = ""
    signature: str = ""

    def value(self) -> str:
        """What ``chain`` must be."""
        return _digest([self.month, self.n, self.at, self.prev, self.link, self.entries, self.key])


class Fault(msgspec.Struct, frozen=True):
    """Something that does not fit: ``kind`` of it, in which seal (0: none), which record."""

    kind: str
    seal: int
    record: str = ""


def digest(record: Mapping[str, Any]) -> str:
    """The digest of a record as stored, without the mark."""
    return _digest({name: value for name, value in record.items() if name != OPEN})


def following(before: Seal | None, month: str, link: str, at: datetime, key: str) -> Seal:
    """An empty seal that comes after ``before``; ``at`` to the millisecond."""
    if before is None:
        return Seal(n=1, month=month, at=at, prev="", link=link, entries=(), key=key)
    return Seal(n=before.n + 1, month=month, at=at, prev=before.chain, link="", entries=(), key=key)


def over(seal: Seal, records: Sequence[Mapping[str, Any]]) -> Seal:
    """The seal with these records and its chain value, unsigned."""
    entries = tuple((record["_id"], digest(record)) for record in records)
    filled = msgspec.structs.replace(seal, entries=entries)
    return msgspec.structs.replace(filled, chain=filled.value())


def broken(before: Seal | None, seal: Seal, authentic: bool) -> list[Fault]:
    """What is wrong with a seal itself; ``before`` is the one stored before it."""
    faults = []
    expected = before.n + 1 if before else 1
    faults += [Fault("seal_removed", n) for n in range(expected, seal.n)]
    if seal.chain != seal.value():
        faults.append(Fault("seal_changed", seal.n))
    elif not authentic:
        faults.append(Fault("seal_forged", seal.n))
    if seal.n == expected and seal.prev != (before.chain if before else ""):
        faults.append(Fault("chain_broken", seal.n))
    return faults


def unlike(seal: Seal, records: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
    """Records of a seal that are gone or changed; ``records`` are those found, by id."""
    faults = []
    for key, sealed in seal.entries:
        if key not in records:
            faults.append(Fault("removed", seal.n, key))
        elif digest(records[key]) != sealed:
            faults.append(Fault("changed", seal.n, key))
    return faults


def _digest(value: Any) -> str:
    text = msgspec.json.encode(value, order="deterministic", enc_hook=_plain)
    return hashlib.sha256(text).hexdigest()


def _plain(value: Any) -> Any:
    """Numbers of the database driver's own types, and anything else by its text."""
    return int(value) if isinstance(value, int) else str(value)
