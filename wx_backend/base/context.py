"""``ctx``, the first argument of every service function: who asks, for whom, with what.

A ``House`` is what a process has (database, clocks, keys, gateways); only ``entrypoints/wiring.py``
builds one. A ``Ctx`` is one request, task or sweep inside it.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from wx_backend.base import clock as clocks
from wx_backend.base import ids, metrics

if TYPE_CHECKING:
    from wx_backend.base.audit import Audit
    from wx_backend.base.collection import Collection
    from wx_backend.base.db import Database
    from wx_backend.base.outbox import Nudge
    from wx_backend.base.scoped import Scoped
    from wx_backend.base.secrets import Vault
    from wx_backend.base.settings import Settings


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. ``kind`` is account, staff, system, platform or visitor."""

    kind: str
    id: str
    roles: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from, for rules against abuse: the caller's address, and their browser
    as its own signed cookie names it. Empty when unknown.
    """

    address: str = ""
    device: str = ""


NOWHERE = Origin()
SYSTEM = Actor("system", "system")
VISITOR = Actor("visitor", "visitor")


@dataclass(slots=True)
class House:
    """What one process has. ``views`` holds in-memory views by name (mechanism 3).

    By event: ``still_true`` is asked before a message goes out, ``unreached`` hears of a critical
    one that could not be delivered, ``answered`` of a button tapped on its card.
    """

    settings: "Settings"
    db: "Database"
    business: clocks.BusinessClock
    wire: clocks.Clock
    vault: "Vault"
    gateways: Any
    nudge: "Nudge"
    audit: "Audit"
    still_true: dict[str, Any] = field(default_factory=dict)
    unreached: dict[str, Any] = field(default_factory=dict)
    answered: dict[str, Any] = field(default_factory=dict)
    views: dict[str, Any] = field(default_factory=dict)

    def ctx(
        self,
        institution: str | None,
        actor: Actor = SYSTEM,
        trace: str | None = None,
        channel: str | None = None,
    ) -> "Ctx":
        """A context for one unit of work; ``trace`` is made when none came in."""
        return Ctx(self, institution, actor, trace or ids.new("tr"), channel)


@dataclass(frozen=True, slots=True)
class Ctx:
    """One unit of work. Queries through ``db`` see only ``institution``."""

    house: House
    institution: str | None
    actor: Actor
    trace: str
    channel: str | None = None
    origin: Origin = NOWHERE

    def now(self) -> datetime:
        """Business time (UTC): what rules, windows and expiries are judged by."""
        return self.house.business.now()

    def wire_now(self) -> datetime:
        """Real time (UTC): signatures, leases and time-outs."""
        return self.house.wire.now()

    def today(self, zone: str = clocks.HOSPITAL_ZONE) -> date:
        """The hospital's local date."""
        return clocks.local_date(self.now(), zone)

    def db(self, collection: "Collection") -> "Scoped":
        """``collection`` as this context may see it."""
        return self.house.db.scoped(collection, self.institution)

    def within(self, institution: str | None) -> "Ctx":
        """The same work for an institution that the caller has just looked up."""
        return replace(self, institution=institution)

    def acting_as(self, actor: Actor) -> "Ctx":
        return replace(self, actor=actor)

    async def across(self, reason: str) -> "Ctx":
        """See every institution. Named, counted and audited; ``reason`` is a constant."""
        metrics.CROSSINGS.labels(reason).inc()
        await self.house.audit.record(self, "ctx:institution:across", subject=reason)
        return replace(self, institution=None)
