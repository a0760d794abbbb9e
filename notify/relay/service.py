"""The relay: carries events from the documents they were born in to the reactions.

``collect`` turns events into deliveries and audit records, ``deliver`` runs what is due. Both may
run in any number of processes at once: inserts are unique, deliveries are leased, reactions are
idempotent. Nothing here needs the broker.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec

from notify.relay import store
from notify.relay.model import (
    DELIVERY,
    DUE,
    HOPELESS,
    PARKED,
    SPREAD,
    UnknownEvent,
    UnknownReaction,
    digest,
    mended,
    reason_of,
    wait_after,
)
from wx_backend.base import audit, log, metrics
from wx_backend.base.collection import Collection
from wx_backend.base.context import Ctx, House
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.events import Event, EventType, load
from wx_backend.base.outbox import CRITICAL, RELAY
from wx_backend.base.sweeper import Sweep, Sweeper
from wx_backend.identity.worklist import service as worklist

logger = logging.getLogger(__name__)

Reaction = Callable[[Ctx, Event], Awaitable[None]]
Change = tuple[dict, dict]

DOCUMENTS = 300
AT_ONCE = 10
REACTION_SECONDS = 20
EVERY = {RELAY: 1.0, CRITICAL: 0.5}
"""Pause between two looks for events, by lane, in units of the sweeper's."""

KEPT_DAYS = 30
TASK = "delivery_parked"
"""The work that a parked delivery makes for people."""

STUCK = "critical_stuck"
ALARMING_TRIES = 3
"""A critical delivery that has failed so often (half a minute) is told to people, and tried on."""


class Relay:
    """Built once by wiring, the only place that knows all slices.

    Args:
        sources: the collections whose documents carry events.
        kinds: every event type.
        reactions: what to run, by event name.

    Raises:
        ValueError: a reaction hears an event nobody tells, or a name does not fit.
    """

    def __init__(
        self,
        sources: Iterable[Collection],
        kinds: Iterable[EventType],
        reactions: Mapping[str, list[Reaction]],
    ):
        self._sources = tuple(sources)
        self._kinds = {kind.name: kind for kind in kinds}
        self._reactions = {
            event: {name_of(reaction): reaction for reaction in listed}
            for event, listed in reactions.items()
        }
        if unheard := reactions.keys() - self._kinds.keys():
            raise ValueError(f"reactions to events that do not exist: {sorted(unheard)}")
        for name in self._kinds:
            if not audit.ACTION.match("event:" + name.replace(".", ":")):
                raise ValueError(f"event name {name!r} is not thing.happened")

    async def collect(self, ctx: Ctx, critical: bool = False) -> int:
        """Takes events out of their documents, oldest first; how many. With ``critical`` only out
        of documents that have a critical one: it must not wait for a backlog of others.

        Audit records and deliveries are durable before the events are removed; a crash in between
        makes the same ones again, which changes nothing. Four calls for each source with events.

        Raises:
            ExceptionGroup: some sources failed; the others are done.
        """
        found = await asyncio.gather(
            *(
                self._collect_from(ctx, source, critical)
                for source in self._sources
                if source.critical or not critical
            ),
            return_exceptions=True,
        )
        if errors := [result for result in found if isinstance(result, Exception)]:
            raise ExceptionGroup("events could not be collected", errors)
        return sum(found)

    async def _collect_from(self, ctx: Ctx, source: Collection, critical: bool) -> int:
        docs = await ctx.db(source).outboxes(DOCUMENTS, critical)
        events = [event for doc in docs for event in doc["outbox"]]
        if not events:
            return 0
        await store.audit(ctx, events)
        await store.add(ctx, [made for event in events for made in self._deliveries(ctx, event)])
        await ctx.db(source).pull_events(
            [(doc["_id"], [event["id"] for event in doc["outbox"]]) for doc in docs]
        )
        return len(events)

    def _deliveries(self, ctx: Ctx, event: dict) -> list[dict]:
        kind = self._kinds.get(event["type"])
        if kind is None:
            return [store.delivery(ctx, event, SPREAD, RELAY)]
        lane = CRITICAL if kind.critical else RELAY
        names = self._reactions.get(kind.name, {})
        return [store.delivery(ctx, event, name, lane) for name in names]

    async def deliver(self, ctx: Ctx, lane: str = RELAY) -> int:
        """Runs one batch of due deliveries of a lane; how many were tried.

        Four calls for a batch, besides what the reactions do.
        """
        taken = await store.claim(ctx, lane)
        gate = asyncio.Semaphore(AT_ONCE)
        changes = await asyncio.gather(*(self._attempt(ctx, gate, doc) for doc in taken))
        await store.settle(ctx, changes)
        return len(taken)

    async def _attempt(self, ctx: Ctx, gate: asyncio.Semaphore, doc: dict) -> Change:
        log.trace_id.set(doc["event"]["trace"])
        try:
            async with gate, asyncio.timeout(REACTION_SECONDS):
                await self._react(ctx, doc)
        except Exception as error:  # kept with the delivery, tried again or shown to a person
            return await self._failed(ctx, doc, error)
        if _alarming(doc) and doc["inst"]:
            await worklist.settle(ctx.within(doc["inst"]), STUCK, doc["_id"])
        metrics.DELIVERIES.labels("DONE").inc()
        return store.succeeded(doc, ctx.now())

    async def _react(self, ctx: Ctx, doc: dict) -> None:
        event = doc["event"]
        kind = self._kinds.get(event["type"])
        if kind is None or kind.version < event["v"]:
            raise UnknownEvent(type=event["type"], version=event["v"])
        if doc["reaction"] == SPREAD:
            await store.add(ctx, self._deliveries(ctx, event))
            return
        reaction = self._reactions.get(kind.name, {}).get(doc["reaction"])
        if reaction is None:
            raise UnknownReaction(reaction=doc["reaction"])
        inside = ctx.house.ctx(event["inst"], trace=event["trace"])
        await reaction(inside, load(event, self._kinds))

    async def _failed(self, ctx: Ctx, doc: dict, error: Exception) -> Change:
        """What becomes of the delivery; one that is laid aside is a task before it is parked."""
        hopeless = isinstance(error, HOPELESS)
        wait = None if hopeless else wait_after(doc["tries"] + 1, doc["_id"])
        outcome = "RETRY" if wait else "PARKED"
        logger.log(
            logging.WARNING if wait else logging.ERROR,
            "delivery failed",
            exc_info=error,
            extra={"delivery": doc["_id"], "outcome": outcome},
        )
        metrics.DELIVERIES.labels(outcome).inc()
        here, where = ctx.within(doc["inst"]), f"事件 {doc['event']['type']} 在 {doc['reaction']}"
        if doc["inst"] and _alarming(doc, 1, hopeless):
            about = f"{where} 受阻，原因 {reason_of(error)}；对象 {doc['event']['subject']}"
            await worklist.open_task(here, STUCK, doc["_id"], doc["event"]["subject"], about)
        if wait is None and doc["inst"]:
            about = f"{where} 搁置，原因 {reason_of(error)}"
            await worklist.open_task(here, TASK, doc["_id"], doc["_id"], about)
        return store.failed(doc, ctx.now(), reason_of(error), wait)

    async def measure(self, ctx: Ctx) -> int:
        """Sets the lag gauge; 0, since a measurement is no work done."""
        waits = [timedelta()]
        if due := await store.oldest_due(ctx):
            waits.append(ctx.now() - due)
        for source in self._sources:
            for doc in await ctx.db(source).outboxes(1):
                waits.append(ctx.wire_now() - min(event["at"] for event in doc["outbox"]))
        metrics.RELAY_LAG.set(max(waits).total_seconds())
        return 0

    def lane(self, lane: str) -> list[Sweep]:
        """The way of an event that belongs to ``lane``, from its document to its reactions."""
        collect = partial(self.collect, critical=lane == CRITICAL)
        return [
            Sweep(f"relay collect {lane}", collect, EVERY[lane], lane),
            Sweep(f"relay deliver {lane}", partial(self.deliver, lane=lane), EVERY[lane], lane),
        ]

    def sweeps(self) -> list[Sweep]:
        """Everything of the relay that must happen without the broker."""
        return [
            *self.lane(CRITICAL),
            *self.lane(RELAY),
            Sweep("relay lag", self.measure, every=5),
            Sweep("relay forget", forget, every=3600),
        ]


def _alarming(doc: dict, more: int = 0, hopeless: bool = False) -> bool:
    """A critical delivery that, with ``more`` tries, has failed too often for silence."""
    return doc["lane"] == CRITICAL and (hopeless or doc["tries"] + more >= ALARMING_TRIES)


def name_of(reaction: Reaction) -> str:
    """``booking.appointments.seat`` for ``seat`` in ``booking/appointments/reactions.py``."""
    return f"{reaction.__module__.removesuffix('.reactions')}.{reaction.__name__}"


async def pump(house: House, sweeps: list[Sweep], rounds: int = 50) -> int:
    """The fast path: turns ``sweeps`` until all are idle, at most ``rounds`` times; work done.

    A sweep that fails is logged and left to its next turn.
    """
    sweeper, total = Sweeper(house, sweeps), 0
    for _ in range(rounds):
        done = sum([await sweeper.once(sweep) for sweep in sweeps])
        if not done:
            break
        total += done
    return total


async def parked(ctx: Ctx, limit: int = 100) -> list[dict]:
    """Deliveries that need a person, newest first, with ``reason`` and ``tries``."""
    return await store.parked(ctx, limit)


async def replay(ctx: Ctx, delivery_id: str) -> None:
    """Tries a parked delivery again, with all its tries; audited.

    Raises:
        NotFound: no such delivery in this institution.
        WrongState: it is not parked.
    """
    if await store.unpark(ctx, delivery_id) is None:
        found = await store.get(ctx, delivery_id)
        if found is None:
            raise NotFound
        raise WrongState(state=found["state"], allowed=sorted(DELIVERY.sources("replay")))
    await ctx.house.audit.record(ctx, "relay:delivery:replay", delivery_id, state=DUE)
    for work in (TASK, STUCK):
        await worklist.settle(ctx, work, delivery_id)
    ctx.house.nudge()


async def waiting(ctx: Ctx, delivery_id: str) -> dict:
    """A parked delivery with ``versions`` of its data before each edit. Raises NotFound,
    WrongState.
    """
    found = await store.get(ctx, delivery_id)
    if found is None:
        raise NotFound
    if found["state"] != PARKED:
        raise WrongState(state=found["state"], allowed=sorted(DELIVERY.sources("replay")))
    return found


async def mend(ctx: Ctx, delivery_id: str, text: str, reason: str) -> None:
    """Other event data for this reaction alone, given as a JSON object, and then ``replay``.

    What it was stays with the delivery; the audit has the digests of both and the reason.

    Raises:
        Invalid: no JSON object, a moment that is none, or no reason.
        NotFound, WrongState.
    """
    if not reason.strip():
        raise Invalid(fields={"reason": "请写明修改原因"})
    doc = await waiting(ctx, delivery_id)
    before = doc["event"]["data"]
    try:
        edited = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError:
        raise Invalid(fields={"data": "内容不是 JSON 对象，请检查括号、引号与逗号"}) from None
    data = mended(before, edited)
    told = {"before": digest(before), "after": digest(data), "reason": reason.strip()}
    await ctx.house.audit.record(ctx, "relay:delivery:mend", delivery_id, **told)
    if not await store.mend(ctx, doc, data, reason.strip()):
        raise WrongState()
    await replay(ctx, delivery_id)


async def forget(ctx: Ctx) -> int:
    """Removes deliveries done more than ``KEPT_DAYS`` days ago, a thousand a turn."""
    return await store.forget(ctx, ctx.now() - timedelta(days=KEPT_DAYS), 1000)
