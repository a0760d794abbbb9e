"""Restrictions: who may not book online until when, why, and who has decided it. Pure.

A restriction is proposed by rules (``booking/conduct``), decided by a person, told to the patient
with its reasons, and heard again by another person when they appeal (4S item 1, level 3).
"""

from collections.abc import Iterable, Set
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from wx_backend.base import clock, ids
from wx_backend.base.errors import AppError
from wx_backend.base.machine import Machine

Kind = Literal["no_show", "cancel", "grab"]
KINDS: dict[str, str] = {
    "no_show": "多次预约后未就诊",
    "cancel": "频繁退号",
    "grab": "反复占用又放弃热门号",
}
"""What was done too often, as patients and staff read it."""

LIFE = Machine(
    name="restriction",
    states=frozenset({"PROPOSED", "DECLINED", "IN_FORCE", "APPEALED", "LIFTED", "EXPIRED"}),
    initial="PROPOSED",
    transitions={
        ("PROPOSED", "impose"): "IN_FORCE",
        ("PROPOSED", "decline"): "DECLINED",
        ("IN_FORCE", "appeal"): "APPEALED",
        ("APPEALED", "uphold"): "IN_FORCE",
        ("APPEALED", "grant"): "LIFTED",
        ("IN_FORCE", "lift"): "LIFTED",
        ("IN_FORCE", "expire"): "EXPIRED",
        ("APPEALED", "expire"): "EXPIRED",
    },
    terminal=frozenset({"DECLINED", "LIFTED", "EXPIRED"}),
)
BLOCKING = frozenset({"IN_FORCE", "APPEALED"})
"""States in which it keeps somebody from booking, until its time is over."""
TOLD = BLOCKING | {"LIFTED", "EXPIRED"}
"""States that the patient sees: not what nobody has decided, nor what was declined."""


class Restricted(AppError):
    """``kind`` and ``until`` (UTC) of the restriction; the desk still books."""

    code, status, message = "booking_restricted", 403, "该就诊人目前不能在线预约"


class OwnDecision(AppError):
    """Two people decide: who imposed a restriction does not hear the appeal against it."""

    code, status, message = "own_decision", 403, "限制是您决定的，申诉须由另一位工作人员复核"


class AppealedBefore(AppError):
    code, status, message = "appealed_before", 409, "这项限制已经申诉过，复核结果不能再次申诉"


class Grounds(msgspec.Struct, frozen=True, kw_only=True):
    """One appointment that counts. ``at``: when it happened; ``account``: who had booked it."""

    appointment: str
    account: str
    at: datetime
    starts_at: datetime
    department: str
    doctor: str


class Appeal(msgspec.Struct, frozen=True, kw_only=True):
    """What the patient says to it, and what another person made of that."""

    text: str
    by: str
    at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    words: str = ""


class Restriction(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One restriction of one patient or account. Times are UTC; ``patient`` is masked.

    Args:
        subject: ``patient:<id>`` or ``account:<id>``.
        accounts: who is told.
        limit, days: the rule as it was: so many within so many days.
        ban_days: how long the rule says it lasts.
        decided_by: the member who imposed or declined it; ``words`` are theirs.
        until: in force before this moment.
        ended_by: who lifted it.
    """

    id: str
    inst: str
    kind: Kind
    subject: str
    state: str
    version: int
    patient: str
    accounts: tuple[str, ...]
    grounds: tuple[Grounds, ...]
    limit: int
    days: int
    ban_days: int
    zone: str
    proposed_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    words: str = ""
    until: datetime | None = None
    appeal: Appeal | None = None
    ended_by: str = ""
    ended_at: datetime | None = None
    ended_words: str = ""

    @property
    def patient_id(self) -> str:
        """Empty when it is an account's."""
        kind, _, key = self.subject.partition(":")
        return key if kind == "patient" else ""

    def blocks(self, now: datetime) -> bool:
        """By date: nobody has to end it for it to be over."""
        return self.state in BLOCKING and self.until is not None and now < self.until

    @property
    def keys(self) -> list[str]:
        """What its grounds take: an appointment counts once for a kind, ever."""
        return [ground_key(self.kind, one.appointment) for one in self.grounds]

    def facts(self) -> dict[str, object]:
        """What its events carry."""
        return {
            "restriction": self.id,
            "kind": self.kind,
            "reason": KINDS[self.kind],
            "patient": self.patient,
            "accounts": list(self.accounts),
            "times": len(self.grounds),
            "days": self.days,
        }


def whose(
    grounds: Iterable[Grounds], accounts: Set[str], since: datetime
) -> Literal["PARTED", "OTHER", "NOBODY_KNOWS"]:
    """Who did what a restriction rests on, when two accounts that were one are two again.

    What happened while they were one may have been done by either person.

    Args:
        accounts: those under which the person acted whose account parts.
        since: when they became one.
    """
    sides = {
        "PARTED" if one.account in accounts else "OTHER" if one.at < since else "NOBODY_KNOWS"
        for one in grounds
    }
    return sides.pop() if len(sides) == 1 else "NOBODY_KNOWS"


def of_patient(patient_id: str) -> str:
    """The subject of a patient's restriction."""
    return f"patient:{patient_id}"


def of_account(account: str) -> str:
    """The subject of an account's restriction."""
    return f"account:{account}"


def ground_key(kind: str, appointment: str) -> str:
    return f"{kind}:{appointment}"


def restriction_id(inst: str, subject: str, keys: Iterable[str]) -> str:
    """The same grounds are the same restriction, however often they are judged."""
    return ids.derive("rst", inst, subject, *sorted(keys))


def ends_at(today: date, ban_days: int, zone: str) -> datetime:
    """The midnight after the last of so many local days, ``today`` not counted."""
    return clock.local_midnight(today + timedelta(days=ban_days + 1), zone)


class Standing:
    """Who is restricted now, in memory: by (institution, subject), what blocks and until when."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[str, str], dict[str, tuple[datetime, str]]] = {}
        self._whose: dict[str, tuple[str, str]] = {}
        self.seen: datetime | None = None

    def put(self, one: Restriction) -> None:
        """As it is now: whose it is may have changed, too."""
        before = self._whose.pop(one.id, None)
        if before and (known := self._blocks.get(before)):
            known.pop(one.id, None)
            if not known:
                del self._blocks[before]
        if one.state in BLOCKING and one.until:
            key = self._whose[one.id] = one.inst, one.subject
            self._blocks.setdefault(key, {})[one.id] = one.until, one.kind

    def blocking(
        self, inst: str, subjects: Iterable[str], now: datetime
    ) -> tuple[datetime, str] | None:
        """(until, kind) of what lasts longest; None: they may book."""
        found = (self._blocks.get((inst, subject), {}).values() for subject in subjects)
        return max((one for each in found for one in each if now < one[0]), default=None)
