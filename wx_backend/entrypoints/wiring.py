"""The one list of what the slices bring: collections, routes, events, reactions, sweeps.

Nothing else knows all slices. ``build`` makes the house of a process from its settings.
"""

import asyncio
from collections.abc import Iterable
from types import ModuleType

import booking.appointments.events
import booking.appointments.handlers
import booking.appointments.reactions
import booking.appointments.service
import booking.appointments.store
import booking.bills.events
import booking.bills.handlers
import booking.bills.reactions
import booking.bills.service
import booking.bills.store
import booking.conduct.reactions
import booking.conduct.service
import booking.conduct.store
import booking.locks.events
import booking.locks.service
import booking.locks.store
import booking.payments.events
import booking.payments.handlers
import booking.payments.service
import booking.payments.store
import booking.postings.events
import booking.postings.handlers
import booking.postings.reactions
import booking.postings.service
import booking.postings.store
import booking.prices.handlers
import booking.prices.service
import booking.prices.store
import booking.reconciliation.handlers
import booking.reconciliation.reactions
import booking.reconciliation.service
import booking.reconciliation.store
import booking.refunding.handlers
import booking.refunding.service
import booking.refunding.store
import booking.reminders.events
import booking.reminders.reactions
import booking.reminders.service
import booking.reminders.store
import booking.restrictions.events
import booking.restrictions.handlers
import booking.restrictions.reactions
import booking.restrictions.service
import booking.restrictions.store
import booking.schedules.handlers
import booking.schedules.store
import booking.stops.events
import booking.stops.handlers
import booking.stops.reactions
import booking.stops.service
import booking.stops.store
import booking.timetables.events
import booking.timetables.service
import booking.timetables.store
import booking.waiting.events
import booking.waiting.handlers
import booking.waiting.reactions
import booking.waiting.service
import booking.waiting.store
import notify.confirmations.handlers
import notify.confirmations.reactions
import notify.confirmations.service
import notify.confirmations.store
import notify.critical.events
import notify.critical.handlers
import notify.critical.reactions
import notify.critical.service
import notify.critical.store
import notify.entrances.store
import notify.messages.handlers
import notify.messages.reactions
import notify.messages.service
import notify.messages.store
import notify.outages.store
import notify.relay.store
import wx_backend.base.live.handlers
import wx_backend.base.live.service
import wx_backend.base.live.store
import wx_backend.base.seals.checks
import wx_backend.base.seals.sealer
import wx_backend.base.seals.store
import wx_backend.directory.departments.handlers
import wx_backend.directory.departments.store
import wx_backend.directory.institutions.store
import wx_backend.directory.settings.store
import wx_backend.entrypoints.interfaces.alarms
import wx_backend.entrypoints.interfaces.inbox
import wx_backend.entrypoints.interfaces.model
import wx_backend.entrypoints.interfaces.processing
import wx_backend.entrypoints.rights.closing
import wx_backend.entrypoints.rights.handlers
import wx_backend.identity.accounts.events
import wx_backend.identity.accounts.handlers
import wx_backend.identity.accounts.service
import wx_backend.identity.accounts.store
import wx_backend.identity.favourites.handlers
import wx_backend.identity.favourites.reactions
import wx_backend.identity.favourites.store
import wx_backend.identity.patients.events
import wx_backend.identity.patients.handlers
import wx_backend.identity.patients.reactions
import wx_backend.identity.patients.service
import wx_backend.identity.patients.store
import wx_backend.identity.proofs.handlers
import wx_backend.identity.proofs.store
import wx_backend.identity.revocations.service
import wx_backend.identity.revocations.store
import wx_backend.identity.rosters.events
import wx_backend.identity.rosters.store
import wx_backend.identity.signin.events
import wx_backend.identity.signin.service
import wx_backend.identity.signin.store
import wx_backend.identity.staff.events
import wx_backend.identity.staff.reactions
import wx_backend.identity.staff.store
import wx_backend.identity.worklist.events
import wx_backend.identity.worklist.reactions
import wx_backend.identity.worklist.service
import wx_backend.identity.worklist.store
import wx_backend.records.encounters.events
import wx_backend.records.encounters.store
import wx_backend.records.reports.events
import wx_backend.records.reports.handlers
import wx_backend.records.reports.store
from notify.relay.service import Relay, pump
from wx_backend.base import audit
from wx_backend.base.clock import BusinessClock, WireClock
from wx_backend.base.collection import META, Collection
from wx_backend.base.context import House
from wx_backend.base.db import Database
from wx_backend.base.events import EventType
from wx_backend.base.live import service as live
from wx_backend.base.live.topics import TopicKind
from wx_backend.base.outbox import CRITICAL, RELAY, Nudge
from wx_backend.base.secrets import Vault
from wx_backend.base.settings import Settings
from wx_backend.base.sweeper import Sweep
from wx_backend.entrypoints import retention
from wx_backend.entrypoints.hooks import ANSWERED, STILL_TRUE, UNREACHED
from wx_backend.gateways.registry import Gateways

STORES: tuple[ModuleType, ...] = (
    wx_backend.base.live.store,
    wx_backend.base.seals.checks,
    wx_backend.base.seals.store,
    wx_backend.directory.institutions.store,
    wx_backend.directory.departments.store,
    wx_backend.directory.settings.store,
    wx_backend.identity.revocations.store,
    wx_backend.identity.accounts.store,
    wx_backend.identity.favourites.store,
    wx_backend.identity.patients.store,
    wx_backend.identity.proofs.store,
    wx_backend.identity.staff.store,
    wx_backend.identity.signin.store,
    wx_backend.identity.rosters.store,
    wx_backend.identity.worklist.store,
    wx_backend.records.encounters.store,
    wx_backend.records.reports.store,
    wx_backend.entrypoints.interfaces.inbox,
    wx_backend.entrypoints.interfaces.alarms,
    notify.relay.store,
    notify.messages.store,
    notify.entrances.store,
    notify.outages.store,
    notify.critical.store,
    booking.schedules.store,
    booking.payments.store,
    booking.reconciliation.store,
    booking.postings.store,
    booking.refunding.store,
    booking.bills.store,
    booking.prices.store,
    booking.appointments.store,
    booking.locks.store,
    booking.timetables.store,
    booking.stops.store,
    booking.waiting.store,
    booking.restrictions.store,
    booking.conduct.store,
    booking.reminders.store,
    notify.confirmations.store,
)
HANDLERS: tuple[ModuleType, ...] = (
    wx_backend.base.live.handlers,
    wx_backend.directory.departments.handlers,
    booking.schedules.handlers,
    booking.appointments.handlers,
    booking.payments.handlers,
    booking.postings.handlers,
    booking.refunding.handlers,
    booking.reconciliation.handlers,
    booking.bills.handlers,
    booking.prices.handlers,
    booking.stops.handlers,
    booking.waiting.handlers,
    booking.restrictions.handlers,
    notify.messages.handlers,
    notify.critical.handlers,
    notify.confirmations.handlers,
    wx_backend.identity.accounts.handlers,
    wx_backend.identity.favourites.handlers,
    wx_backend.identity.patients.handlers,
    wx_backend.identity.proofs.handlers,
    wx_backend.records.reports.handlers,
    wx_backend.entrypoints.rights.handlers,
)
EVENTS: tuple[ModuleType, ...] = (
    wx_backend.identity.accounts.events,
    wx_backend.identity.patients.events,
    wx_backend.identity.staff.events,
    wx_backend.identity.signin.events,
    wx_backend.identity.rosters.events,
    wx_backend.identity.worklist.events,
    wx_backend.records.encounters.events,
    wx_backend.records.reports.events,
    wx_backend.entrypoints.interfaces.model,
    notify.critical.events,
    booking.payments.events,
    booking.postings.events,
    booking.bills.events,
    booking.appointments.events,
    booking.locks.events,
    booking.timetables.events,
    booking.stops.events,
    booking.waiting.events,
    booking.restrictions.events,
    booking.reminders.events,
)
REACTIONS: tuple[ModuleType, ...] = (
    wx_backend.identity.favourites.reactions,
    wx_backend.identity.patients.reactions,
    wx_backend.identity.staff.reactions,
    wx_backend.identity.worklist.reactions,
    booking.appointments.reactions,
    booking.postings.reactions,
    booking.bills.reactions,
    booking.reconciliation.reactions,
    booking.stops.reactions,
    booking.waiting.reactions,
    booking.restrictions.reactions,
    booking.conduct.reactions,
    booking.reminders.reactions,
    notify.critical.reactions,
    notify.messages.reactions,
    notify.confirmations.reactions,
)
SWEEPS: tuple[ModuleType, ...] = (
    wx_backend.entrypoints.interfaces.processing,
    wx_backend.base.live.service,
    wx_backend.base.seals.sealer,
    booking.payments.service,
    booking.postings.service,
    booking.refunding.service,
    booking.reconciliation.service,
    booking.bills.service,
    booking.prices.service,
    booking.appointments.service,
    booking.locks.service,
    booking.timetables.service,
    booking.stops.service,
    booking.waiting.service,
    booking.restrictions.service,
    booking.conduct.service,
    booking.reminders.service,
    notify.critical.service,
    notify.messages.service,
    wx_backend.identity.accounts.service,
    wx_backend.identity.patients.service,
    wx_backend.identity.revocations.service,
    wx_backend.identity.signin.service,
    wx_backend.identity.worklist.service,
    notify.confirmations.service,
    wx_backend.entrypoints.rights.closing,
)
TOPICS: tuple[ModuleType, ...] = (notify.critical.service,)
"""Modules with kinds of live topics (``topics = [TopicKind(…)]``)."""


def collections() -> list[Collection]:
    """Every collection that a store declares."""
    own = (
        value for store in STORES for value in vars(store).values() if isinstance(value, Collection)
    )
    return list({found.name: found for found in (META, audit.RECORDS, audit.VALUES, *own)}.values())


def events() -> list[EventType]:
    return [kind for module in EVENTS for kind in module.events]


def reactions() -> dict[str, list]:
    """Reactions by event name, in the order of ``REACTIONS``."""
    heard: dict[str, list] = {}
    for module in REACTIONS:
        for event, listed in module.reactions.items():
            heard.setdefault(event, []).extend(listed)
    return heard


def routes() -> list[tuple]:
    return [route for module in HANDLERS for route in module.routes]


def topics() -> list[TopicKind]:
    return [kind for module in TOPICS for kind in module.topics]


def relay() -> Relay:
    return Relay([one for one in collections() if one.outbox], events(), reactions())


def sweeps() -> list[Sweep]:
    """Everything that must happen without the broker, in the order events travel."""
    slices = (sweep for module in SWEEPS for sweep in module.sweeps)
    return [*relay().sweeps(), *slices, retention.sweep(collections())]


def urgent_sweeps() -> list[Sweep]:
    """Those of the critical lane, for a process that does nothing else."""
    return [one for one in sweeps() if one.lane == CRITICAL]


def lanes() -> dict[str, list[Sweep]]:
    """By lane of the nudge: the sweeps it turns at once."""
    return {lane: _lane(lane) for lane in (RELAY, CRITICAL)}


def _lane(lane: str) -> list[Sweep]:
    """What is critical waits for nothing else."""
    ordinary = booking.payments.service.sweeps if lane == RELAY else ()
    return [*relay().lane(lane), *ordinary, notify.messages.service.sends(lane)]


def build(settings: Settings) -> House:
    """A process's house. Made inside its event loop and after any fork."""
    wire = WireClock()
    house = House(
        settings=settings,
        db=Database(settings.mongo_uri, settings.mongo_db, settings.crash_after_writes),
        business=BusinessClock(wire),
        wire=wire,
        vault=Vault(settings.encryption_keys(), settings.blind_index_key(), settings.field_suite),
        gateways=Gateways(wire),
        nudge=Nudge(settings.broker_url),
        audit=audit.Audit(),
        still_true=dict(STILL_TRUE),
        unreached=dict(UNREACHED),
        answered=dict(ANSWERED),
    )
    live.install(house, topics())
    return house


def close(house: House) -> None:
    """Lets go of connections and threads."""
    live.live(house).close()
    house.nudge.close()
    house.gateways.close()
    house.db.close()


async def pump_lane(house: House, turned: Iterable[Sweep]) -> int:
    """The nudge's work: turns these sweeps until they are idle."""
    return await pump(house, list(turned))


def ensure_indexes(settings: Settings, replace: bool = False) -> None:
    """Creates missing indexes (``wx-backend indexes``). Raises IndexChanged."""

    async def run() -> None:
        house = build(settings)
        try:
            await house.db.ensure(collections(), replace)
        finally:
            close(house)

    asyncio.run(run())
