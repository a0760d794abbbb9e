"""Our books of a day against a platform's bill and the HIS's books. Pure.

Ours lie in memory, some 300 bytes a line; the other two sides pass by and leave only what does not
agree. What is left is judged once more with what is known of the number on other days.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Literal

import msgspec

PLATFORM, HIS = "platform", "his"
PAID, REFUNDED = "PAID", "REFUNDED"
SETTLED, UNDER_WAY = "SUCCESS", "PROCESSING"

MISSING_HERE = "missing_here"
MISSING_THERE = "missing_there"
AMOUNT = "amount"
REFUND = "refund"
STATE = "state"
DUPLICATE = "duplicate"
LATE = "late"
CLASSES = (MISSING_HERE, MISSING_THERE, AMOUNT, REFUND, STATE, DUPLICATE, LATE)

Side = Literal["platform", "his"]


class Line(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One payment or refund in the books of one side.

    Args:
        no: our number of it: the attempt's or the refund's.
        state: SUCCESS, or where a refund is that has not arrived.
        entry: the side's own number of the line, where it has one.
    """

    kind: str
    no: str
    fen: int
    platform: str
    transaction: str
    at: datetime
    state: str = SETTLED
    entry: str = ""

    @property
    def key(self) -> str:
        """Distinguishes a refund from a payment that a platform lists under one number."""
        return self.no if self.kind == PAID else f"-{self.no}"


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What does not agree: ``theirs`` is the side's line, ``nth`` counts lines beyond the first."""

    side: Side
    kind: str
    ours: Line | None = None
    theirs: Line | None = None
    nth: int = 0

    @property
    def line(self) -> Line:
        """The line of who has one; theirs first."""
        return self.theirs or self.ours


class Known(msgspec.Struct, frozen=True):
    """What we know of a number on any day: ``line`` once money has moved, else ``state`` of the
    attempt or refund.
    """

    order: str
    state: str
    line: Line | None = None


class Book:
    """Our lines of one day, and which of them each side has shown."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}
        self._met: dict[str, dict[str, int]] = {PLATFORM: {}, HIS: {}}

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, line: Line) -> None:
        self._lines[line.key] = line

    def knows(self, line: Line) -> bool:
        """Whether we have it on this day."""
        return line.key in self._lines

    def meet(self, side: Side, theirs: Line) -> Finding | None:
        """What is wrong with one line of the other side."""
        met = self._met[side]
        nth = met.get(theirs.key, 0)
        met[theirs.key] = nth + 1
        ours = self._lines.get(theirs.key)
        if nth:
            return Finding(side, DUPLICATE, ours, theirs, nth)
        if ours is None:
            return Finding(side, MISSING_HERE, None, theirs)
        kind = differs(ours, theirs)
        return Finding(side, kind, ours, theirs) if kind else None

    def unmet(self, side: Side, platforms: Collection[str]) -> Iterator[Finding]:
        """Our lines that the side has not shown, of the platforms that it was asked for."""
        met = self._met[side]
        for key, ours in self._lines.items():
            if key not in met and ours.platform in platforms:
                yield Finding(side, MISSING_THERE, ours)


def differs(ours: Line, theirs: Line) -> str:
    """The class of the difference between two lines of one number; "" when they agree.

    A platform number that one side does not give is not held against the other.
    """
    if ours.fen != theirs.fen:
        return AMOUNT if ours.kind == PAID else REFUND
    if theirs.state != ours.state:
        return STATE
    both = ours.transaction and theirs.transaction
    return STATE if both and ours.transaction != theirs.transaction else ""


def with_known(finding: Finding, known: Known | None) -> Finding | None:
    """A line that we have not on this day, with what we know of its number; None: no difference.

    Money that moved here on another day has crossed midnight; so has a refund that was on its way
    when the bill was made. One that is on its way on both sides has arrived nowhere.
    """
    theirs = finding.theirs
    if finding.kind != MISSING_HERE or known is None or theirs is None:
        return finding
    if known.line:
        arrived = UNDER_WAY if theirs.state == UNDER_WAY else SETTLED
        kind = differs(msgspec.structs.replace(known.line, state=arrived), theirs) or LATE
        return Finding(finding.side, kind, known.line, theirs)
    if theirs.kind == PAID:
        return finding
    return None if known.state == theirs.state else Finding(finding.side, STATE, None, theirs)


def with_around(finding: Finding, around: Line | None) -> Finding:
    """A line that the side has not on this day, with the one it has on a day beside it."""
    ours = finding.ours
    if finding.kind != MISSING_THERE or around is None or ours is None:
        return finding
    return Finding(finding.side, differs(ours, around) or LATE, ours, around)


class Sum(msgspec.Struct):
    """How much came and went in the books of one side, in fen."""

    paid: int = 0
    paid_fen: int = 0
    refunded: int = 0
    refunded_fen: int = 0
    fee_fen: int = 0

    def add(self, kind: str, fen: int, fee_fen: int = 0) -> None:
        self.fee_fen += fee_fen
        if kind == PAID:
            self.paid += 1
            self.paid_fen += fen
        else:
            self.refunded += 1
            self.refunded_fen += fen

    @property
    def lines(self) -> int:
        return self.paid + self.refunded

    @property
    def net_fen(self) -> int:
        return self.paid_fen - self.refunded_fen
