"""What counts against whom, and from when on it is too much. Pure.

Sources: clinical.md 3.2 (no-show 3 in 90 days, cancels 3 in 30 days, malicious grabbing) and 3.4
(an account that cancels many hot numbers). Judged over local dates.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec

from booking.restrictions.model import Grounds, Kind, ground_key
from wx_backend.base import clock, ids


class Counted(msgspec.Struct, frozen=True):
    """A kind: whom it counts against (``patient`` or ``account``), and its parameters, which begin
    with ``booking.<kind>``: ``_counts``, ``_limit``, ``_days`` and ``_ban_days``.
    """

    against: str


KINDS: dict[Kind, Counted] = {
    "no_show": Counted("patient"),
    "cancel": Counted("patient"),
    "grab": Counted("account"),
}


class Breach(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One appointment that counts for one kind, once; ``excused`` ones never do.

    ``at``: when it happened (business time); ``subject`` as restrictions name it.
    """

    id: str
    inst: str
    kind: Kind
    subject: str
    appointment: str
    account: str
    patient: str
    department: str
    doctor: str
    starts_at: datetime
    zone: str
    at: datetime
    excused: bool = False

    @property
    def key(self) -> str:
        return ground_key(self.kind, self.appointment)

    @property
    def on(self) -> date:
        """The local date that it counts for."""
        return clock.local_date(self.at, self.zone)

    def grounds(self) -> Grounds:
        return Grounds(
            appointment=self.appointment,
            account=self.account,
            at=self.at,
            starts_at=self.starts_at,
            department=self.department,
            doctor=self.doctor,
        )


def breach_id(kind: str, appointment: str) -> str:
    """An appointment counts once for a kind, however often it is told."""
    return ids.derive("brc", kind, appointment)


def crossing(breaches: Iterable[Breach], limit: int, days: int) -> Sequence[Breach]:
    """The first run of at least ``limit`` within ``days`` local dates, oldest first; else empty.

    Any ``days`` dates in a row: breaches may be told late and in any order.
    """
    known = sorted(breaches, key=lambda one: (one.at, one.id))
    for n, first in enumerate(known):
        within = [one for one in known[n:] if (one.on - first.on).days < days]
        if len(within) >= limit:
            return within
    return []
