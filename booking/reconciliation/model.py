"""Reconciliation: a day's run, what it found, and what may be done about it. Pure."""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from booking.payments.model import ALIPAY_PAY, SHORTEST, WECHAT_PAY, Move
from booking.reconciliation.matching import (
    HIS,
    LATE,
    MISSING_HERE,
    MISSING_THERE,
    REFUNDED,
    STATE,
    Finding,
    Line,
    Sum,
)
from wx_backend.base import ids
from wx_backend.base.errors import AppError
from wx_backend.base.forms import Form, Text
from wx_backend.base.machine import Machine

PLATFORMS = (WECHAT_PAY, ALIPAY_PAY)

RUN = Machine(
    name="reconciliation",
    states=frozenset({"WAITING", "RUNNING", "DONE", "FAILED", "CANCELLED", "CLOSED"}),
    initial="WAITING",
    transitions={
        ("WAITING", "start"): "RUNNING",
        ("RUNNING", "start"): "RUNNING",  # whoever ran it has died
        ("RUNNING", "wait"): "WAITING",  # a bill is not there yet
        ("RUNNING", "finish"): "DONE",
        ("RUNNING", "fail"): "FAILED",
        ("WAITING", "cancel"): "CANCELLED",
        ("RUNNING", "cancel"): "CANCELLED",
        ("WAITING", "ask"): "WAITING",
        ("DONE", "ask"): "WAITING",
        ("FAILED", "ask"): "WAITING",
        ("CANCELLED", "ask"): "WAITING",
        ("DONE", "close"): "CLOSED",
        ("CLOSED", "reopen"): "DONE",
    },
    terminal=frozenset(),
)

DIFFERENCE = Machine(
    name="difference",
    states=frozenset({"OPEN", "REPAIRED", "EXPLAINED", "GONE"}),
    initial="OPEN",
    transitions={
        ("OPEN", "repair"): "REPAIRED",
        ("OPEN", "explain"): "EXPLAINED",
        ("OPEN", "vanish"): "GONE",
        ("REPAIRED", "vanish"): "GONE",
        ("EXPLAINED", "vanish"): "GONE",
        ("GONE", "find"): "OPEN",
    },
    terminal=frozenset(),
)

ASK, REFUND_AGAIN, POST_AGAIN = "ask", "refund_again", "post_again"


class DayClosed(AppError):
    """A closed day stays as it is until somebody who may do so opens it again."""

    code, status, message = "reconciliation_closed", 409, "该日已结账，重新对账前须先反结账"


class StillOpen(AppError):
    """A day closes without open differences, a month once all its days are closed."""

    code, status, message = "reconciliation_open", 409, "还有未处理的差异或未结账的日期"


class NoRemedy(AppError):
    """Nothing of this kind can put the difference right."""

    code, status, message = "reconciliation_no_remedy", 409, "该差异不能这样修复，请说明原因后处理"


class TooMany(AppError):
    """A whole side must be missing: nobody could look at so many differences."""

    code, status, message = "reconciliation_too_many", 409, "差异过多，请先核对平台与医院系统"


class RepairForm(Form):
    """``action``: ask, refund_again, post_again or explain; ``why``: for the auditor."""

    action: Literal["ask", "refund_again", "post_again", "explain"]
    version: int
    why: Annotated[str, Text(min_length=SHORTEST, max_length=200)]


class Repair(msgspec.Struct, frozen=True):
    """Who did what about it, why, and what came of it."""

    action: str
    at: datetime
    by: str
    why: str
    outcome: str


class Difference(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One thing that does not agree on a day; the same again at every run of the day.

    Args:
        side: against whom we were held: platform or his.
        kind: one of ``matching.CLASSES``.
        order: ours, when the number is known here.
        run: the version of the run that saw it last.
    """

    id: str
    inst: str
    day: str
    side: Literal["platform", "his"]
    kind: str
    no: str
    money: str
    platform: str
    fen: int
    at: datetime
    found_at: datetime
    run: int
    ours: Line | None = None
    theirs: Line | None = None
    order: str = ""
    state: str = DIFFERENCE.initial
    version: int = 1
    repairs: tuple[Repair, ...] = ()

    @property
    def on(self) -> date:
        return date.fromisoformat(self.day)

    @property
    def needless(self) -> bool:
        """It crossed midnight, and nobody had to look."""
        return self.kind == LATE and not self.repairs

    @property
    def remedies(self) -> tuple[str, ...]:
        return remedies(self)


def difference_id(inst: str, day: str, finding: Finding) -> str:
    """The same thing of the same day has the same id, whatever is wrong with it this time."""
    line = finding.line
    about = (finding.side, line.platform, line.key or line.entry, finding.nth)
    return ids.derive("dif", inst, day, *about)


def remedies(one: Difference) -> tuple[str, ...]:
    """What may put it right. All of it goes through the ledger of the order or its posting."""
    if one.state != "OPEN" or not one.order:
        return ()
    if one.side == HIS:
        return (POST_AGAIN,) if one.kind == MISSING_THERE else ()
    if one.kind == MISSING_THERE:
        return (REFUND_AGAIN,) if one.money == REFUNDED else (ASK,)
    return (ASK,) if one.kind in (MISSING_HERE, STATE) else ()


class Progress(msgspec.Struct):
    """Where a run is: ``step`` by name, lines read so far."""

    step: str = ""
    lines: int = 0


class Funds(msgspec.Struct):
    """What accounts of merchants say of the day, in fen."""

    in_fen: int = 0
    out_fen: int = 0
    balance_fen: int = 0

    def add(self, other: "Funds") -> None:
        """Another merchant's."""
        self.in_fen += other.in_fen
        self.out_fen += other.out_fen
        self.balance_fen += other.balance_fen


class Act(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a member of staff did with a day: ask, cancel, close or reopen; ``why`` of the last."""

    what: str
    at: datetime
    by: str
    why: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """The reconciliation of one local day.

    Args:
        ours, theirs: sums by platform; ``his`` of everything that the HIS has booked.
        others: what other institutions took as the same merchants, by platform; not in ``theirs``.
        funds: by platform.
        counts: differences by class; ``open`` those that still need somebody.
        tries: rounds since somebody last asked for it that found a bill not ready.
        reason: why it waits or has failed, as an error's code.
        by: who asked for it; "" for the sweep.
        acts: what people did with the day, oldest first.
    """

    id: str
    inst: str
    day: str
    state: str = RUN.initial
    version: int = 1
    progress: Progress = msgspec.field(default_factory=Progress)
    ours: dict[str, Sum] = {}
    theirs: dict[str, Sum] = {}
    others: dict[str, Sum] = {}
    funds: dict[str, Funds] = {}
    his: Sum | None = None
    counts: dict[str, int] = {}
    open: int = 0
    tries: int = 0
    reason: str = ""
    by: str = ""
    asked_at: datetime
    ended_at: datetime | None = None
    closed_by: str = ""
    acts: tuple[Act, ...] = ()

    @property
    def on(self) -> date:
        return date.fromisoformat(self.day)

    @property
    def under_way(self) -> bool:
        return self.state in ("WAITING", "RUNNING")


class Month(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """A closed month, ``month`` as 2026-11; without a document it is open."""

    id: str
    inst: str
    month: str
    closed_by: str
    closed_at: datetime


def line_of(move: Move) -> Line:
    """Money of an order as a line of our books."""
    return Line(move.kind, move.no, move.fen, move.platform, move.transaction, move.at)


def run_id(inst: str, day: date) -> str:
    return ids.derive("rec", inst, day.isoformat())


def month_id(inst: str, month: str) -> str:
    return ids.derive("rmo", inst, month)
