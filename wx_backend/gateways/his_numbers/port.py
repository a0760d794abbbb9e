"""What we ask of a HIS that owns the numbers, in our words (docs/his-numbers.md)."""

from datetime import date, datetime
from typing import Literal, Protocol

import msgspec

from wx_backend.base.errors import GatewayRefused

Held = Literal["LOCKED", "CONFIRMED", "RELEASED"]
"""What the HIS knows of one of our locks."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One number of one slot, as both sides name it. Times are UTC; nothing personal."""

    slot: str
    number: int
    serial: str
    department: str
    doctor: str
    visit_date: str
    starts_at: datetime


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A number of a day that is not free there; ``lock`` is ours, empty when it went over the
    counter.
    """

    slot: str
    number: int
    state: Literal["LOCKED", "CONFIRMED", "COUNTER"]
    lock: str = ""


class NumberTaken(GatewayRefused):
    """The number is somebody else's there; ``holder`` is the lock of ours that has it, or ""."""

    code, message = "number_taken", "该号已在医院窗口挂出"

    def __init__(self, holder: str = "", **data: str) -> None:
        super().__init__(**data)
        self.holder = holder


class LockOver(GatewayRefused):
    """This lock was released there: what is wanted again needs a new one."""

    code, message = "lock_over", "该号源锁定已结束"


class LockMissing(GatewayRefused):
    """The HIS knows no such lock."""

    code, message = "lock_missing", "医院系统没有这个号源锁定"


class HisNumbersPort(Protocol):
    """The numbers of one HIS. Every call may be repeated: a lock is known by our id.

    All raise ``GatewayUnknown`` (it may have been done: ask with ``query`` before trying again),
    ``GatewayBusy`` (not asked) and ``GatewayRefused`` (a definite no of another kind).
    """

    async def lock(self, lock: str, appointment: str, place: Place, expires_at: datetime) -> Held:
        """The number is ours. Raises ``NumberTaken``, ``LockOver``."""

    async def confirm(self, lock: str) -> Held:
        """It has been paid, or costs nothing. Raises ``LockMissing``, ``LockOver``."""

    async def release(self, lock: str) -> Held:
        """It is the HIS's again; a lock that it did not know is over from now on."""

    async def query(self, lock: str) -> Held:
        """What has become of a lock. Raises ``LockMissing``."""

    async def day(self, on: date) -> list[Listed]:
        """Every number of a visit date that is not free there."""
