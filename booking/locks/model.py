"""Locks: what a HIS that owns the numbers has been asked for a place of ours. Pure.

A lock is one round of one appointment: it is wanted LOCKED, CONFIRMED or RELEASED, and is worked
on until the HIS has said so (docs/adr/0015).
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from wx_backend.base import ids
from wx_backend.base.machine import Machine
from wx_backend.gateways.his_numbers.port import Place

Wanted = Literal["LOCKED", "CONFIRMED", "RELEASED"]
Call = Literal["lock", "confirm", "release"]
Next = Call | Literal["query", "again"]

LOCK = Machine(
    name="lock",
    states=frozenset({"LOCKING", "LOCK_UNKNOWN", "LOCKED", "CONFIRMED", "RELEASED", "REFUSED"}),
    initial="LOCKING",
    transitions={
        ("LOCKING", "doubt"): "LOCK_UNKNOWN",
        ("LOCK_UNKNOWN", "doubt"): "LOCK_UNKNOWN",
        ("LOCKED", "doubt"): "LOCKED",
        ("CONFIRMED", "doubt"): "CONFIRMED",
        ("LOCKING", "lock"): "LOCKED",
        ("LOCK_UNKNOWN", "lock"): "LOCKED",
        ("LOCKED", "lock"): "LOCKED",
        ("CONFIRMED", "lock"): "LOCKED",
        ("LOCKING", "confirm"): "CONFIRMED",
        ("LOCK_UNKNOWN", "confirm"): "CONFIRMED",
        ("LOCKED", "confirm"): "CONFIRMED",
        ("CONFIRMED", "confirm"): "CONFIRMED",
        # The HIS knows nothing of it: it is asked for anew.
        ("LOCKING", "miss"): "LOCKING",
        ("LOCK_UNKNOWN", "miss"): "LOCKING",
        ("LOCKED", "miss"): "LOCKING",
        ("CONFIRMED", "miss"): "LOCKING",
        ("LOCKING", "release"): "RELEASED",
        ("LOCK_UNKNOWN", "release"): "RELEASED",
        ("LOCKED", "release"): "RELEASED",
        ("CONFIRMED", "release"): "RELEASED",
        ("LOCKING", "refuse"): "REFUSED",
        ("LOCK_UNKNOWN", "refuse"): "REFUSED",
    },
    terminal=frozenset({"RELEASED", "REFUSED"}),
)

KNOWN = frozenset({"LOCKED", "CONFIRMED"})
"""The HIS has said that the number is ours: it may be paid for."""

OWNER = "booking.his_numbers"
"""The parameter that says where the numbers are the HIS's."""

FIRST_RETRY, LAST_RETRY = timedelta(seconds=2), timedelta(minutes=2)


class Lock(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One lock.

    Args:
        round: an appointment whose number changes, or whose lock is over, gets another one.
        wanted: decided on version ``seen`` of the appointment.
        asking: the call whose outcome is not known (yet); empty when nothing is under way.
        why: of a refused one, the HIS's code.
    """

    id: str
    inst: str
    appointment: str
    round: int
    place: Place
    visit_date: str
    expires_at: datetime
    wanted: Wanted
    seen: int
    state: str = LOCK.initial
    version: int = 1
    asking: str = ""
    tries: int = 0
    why: str = ""

    @property
    def over(self) -> bool:
        return self.state in LOCK.terminal


def lock_id(appointment: str, round: int) -> str:
    return ids.derive("lck", appointment, round)


def next_call(lock: Lock) -> Next | None:
    """What to ask the HIS; None when it is as wanted. An unknown outcome is asked after first.

    ``again``: the HIS has ended what is still wanted, so another round begins.
    """
    if lock.asking and not lock.over:
        return "query"
    if lock.state == "REFUSED":
        return None
    if lock.wanted == "RELEASED":
        return None if lock.over else "release"
    if lock.state == "RELEASED":
        return "again"
    if lock.state not in KNOWN:
        return "lock"
    return "confirm" if (lock.state, lock.wanted) == ("LOCKED", "CONFIRMED") else None


ACTIONS = {"LOCKED": "lock", "CONFIRMED": "confirm", "RELEASED": "release"}


def answered(lock: Lock, held: str) -> str:
    """The state after the HIS has said what it holds."""
    return LOCK.next(lock.state, ACTIONS[held])


def missing(lock: Lock) -> str:
    """The state after the HIS has said that it knows no such lock."""
    gone = lock.wanted == "RELEASED" and lock.asking == "release"
    return LOCK.next(lock.state, "release" if gone else "miss")


def retry_after(tries: int) -> timedelta:
    """Twice as long after each try that brought nothing."""
    return min(FIRST_RETRY * 2 ** min(tries, 16), LAST_RETRY)


What = Literal[
    "there_only", "here_only", "unconfirmed", "counter_unknown", "counter_gone", "slot_unknown"
]

WORDS: dict[str, str] = {
    "there_only": "医院有锁号，本平台没有",
    "here_only": "本平台有预约，医院没有",
    "unconfirmed": "本平台已付费，医院未确认",
    "counter_unknown": "窗口已挂出，本平台仍可约",
    "counter_gone": "窗口已退回，本平台仍停约",
    "slot_unknown": "医院有号，本平台没有这个时段",
}


class Difference(msgspec.Struct, frozen=True, order=True):
    """One number that the two do not agree on; ``lock`` where there is one on either side."""

    slot: str
    number: int
    what: What
    lock: str = ""

    @property
    def cause(self) -> str:
        """The same difference, as long as it lasts."""
        return ids.derive("dif", self.slot, self.number, self.what, self.lock)
