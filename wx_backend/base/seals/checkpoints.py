"""Checkpoints: the chain's last value, written to files that the database's owner cannot change.

One file a month, one JSON line a checkpoint, each on the disk before the next turn. A line cut off
by a crash is passed over.
"""

import os
from pathlib import Path

import msgspec

from wx_backend.base.seals.chain import Seal


class Checkpoint(msgspec.Struct, frozen=True):
    """How far a month's chain went, and its value there."""

    n: int
    chain: str
    key: str
    signature: str


def write(folder: Path, seal: Seal) -> None:
    """Appends and flushes to the disk. Raises OSError."""
    line = msgspec.json.encode(Checkpoint(seal.n, seal.chain, seal.key, seal.signature))
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(_file(folder, seal.month), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, b"\n" + line + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def read(folder: Path, month: str) -> list[Checkpoint]:
    """The checkpoints of a month in the order they were written."""
    file = _file(folder, month)
    if not file.exists():
        return []
    return [found for line in file.read_bytes().splitlines() if (found := _whole(line))]


def months(folder: Path) -> list[str]:
    """Months there are checkpoints of."""
    return sorted(file.stem[-6:] for file in folder.glob("audit-[0-9]*.jsonl"))


def cut(folder: Path, month: str, last: int, mark: str) -> Path:
    """Keeps those up to a seal's number; the whole file stays beside it, under a name with
    ``mark``, which is returned. Raises OSError.
    """
    file = _file(folder, month)
    kept = [msgspec.json.encode(one) + b"\n" for one in read(folder, month) if one.n <= last]
    draft, aside = file.with_suffix(".new"), file.with_suffix(f".{mark}")
    draft.write_bytes(b"".join(kept))
    draft.chmod(0o600)
    file.rename(aside)
    draft.rename(file)
    return aside


def _whole(line: bytes) -> Checkpoint | None:
    try:
        return msgspec.json.decode(line, type=Checkpoint)
    except msgspec.DecodeError:  # empty, or cut off
        return None


def _file(folder: Path, month: str) -> Path:
    return folder / f"audit-{month}.jsonl"
