"""What people are told: made from events, read in the message centre (我的消息), looked after.

Sending is in ``sending.py``, what the platforms call back in ``callbacks.py``.
"""

import re
from datetime import UTC, date, datetime, timedelta
from functools import partial

import msgspec

from notify.messages import callbacks, erasing, failing, reported, sending, store, unheard, wishes
from notify.messages.agreement import disagreements, unusable
from notify.messages.catalogue import TOLD, Told
from notify.messages.model import (
    DUE,
    FAILED,
    MESSAGE,
    OLDEST,
    PARKED,
    SMS,
    WECHAT_MINI,
    Grade,
    Item,
    Page,
    Preferences,
)
from notify.messages.words import Template, template, write
from wx_backend.base import ids, metrics
from wx_backend.base.clock import local_midnight
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.events import Event
from wx_backend.base.outbox import CRITICAL, RELAY
from wx_backend.base.sweeper import Sweep
from wx_backend.directory.institutions import service as institutions
from wx_backend.directory.institutions.model import Channel
from wx_backend.directory.settings import service as settings
from wx_backend.identity.worklist import service as worklist

EVERY = {RELAY: 1.0, CRITICAL: 0.5}
"""Pause between two looks at what is due, by lane, in units of the sweeper's."""

CURSOR = re.compile(r"(\d{1,14})\.([\w-]{1,64})")
"""Milliseconds since 1970 and the id of the last message shown."""


async def tell(ctx: Ctx, event: Event) -> None:
    """Makes one message for each person the catalogue names; a repeated event makes none. Who has
    no account, as somebody who booked at the desk, is told there.

    One insert for all of them; the hospital's zone and parameters come from a cache.

    Raises:
        KeyError: the catalogue does not tell this event, or its data names no recipient.
        Unfit: the words do not fit the platform's fields.
    """
    row = TOLD[event.type]
    zone = (await institutions.institution(ctx)).zone
    widened = bool(row.widened_by and await settings.resolve(ctx, row.widened_by))
    words = write(row.template, event, zone, widened)
    named = event.data[row.audience]
    people = [one for one in ([named] if isinstance(named, str) else named) if one]
    docs = [_message(ctx, row, event, words, person) for person in people]
    for doc, new in zip(docs, await store.add_all(ctx, event.at, docs), strict=True):
        if new:
            metrics.MESSAGES.labels(row.channels[0], doc["state"]).inc()


def _message(ctx: Ctx, row: Told, event: Event, words: Template, account: str) -> dict:
    doc = {
        "_id": ids.derive("msg", event.id, account),
        "account": account,
        "event": msgspec.structs.asdict(event),
        "trace": event.trace,
        "at": ctx.now(),
        "grade": row.grade.value,
        "lane": CRITICAL if row.grade is Grade.CRITICAL else RELAY,
        "channels": list(row.channels),
        "many": row.many,
        "title": words.title,
        "text": words.text,
        "icon": words.icon,
        "link": words.link,
        **_cards(event, words),
        "read_at": None,
        "tries": 0,
    }
    if row.grade is not Grade.CRITICAL and ctx.wire_now() - event.at > OLDEST:
        return {**doc, "state": FAILED, "reason": "too_old"}
    return {**doc, "state": DUE, "due_at": ctx.now()}


def _cards(event: Event, words: Template) -> dict:
    """The words of each platform that the template has; a card is found by what it is about."""
    made: dict = {}
    if words.wechat:
        made["wechat"] = msgspec.to_builtins(words.wechat)
    if words.sms:
        made["sms"] = msgspec.to_builtins(words.sms)
    if words.wecom:
        made |= {"wecom": msgspec.to_builtins(words.wecom), "about": event.subject}
    return made


async def adopt(ctx: Ctx, account: str, into: str) -> None:
    """Messages and wishes of an account that was merged belong to the one that stays."""
    await wishes.adopt(ctx, account, into)
    for month in store.months(ctx.wire_now(), store.MONTHS_KEPT):
        await store.adopt(ctx, account, into, month)


async def give_back(ctx: Ctx, account: str, of: str) -> None:
    """Messages and wishes that came from an account which is its own again."""
    await wishes.give_back(ctx, account, of)
    for month in store.months(ctx.wire_now(), store.MONTHS_KEPT):
        await store.give_back(ctx, account, of, month)


erase = erasing.erase
"""What closing an account needs of ``erasing.py``."""


async def preferences(ctx: Ctx, account: str) -> Preferences:
    """What the account wants to be told, and when; one coalesced read."""
    return await wishes.of(ctx, account)


async def prefer(ctx: Ctx, account: str, given: Preferences) -> Preferences:
    """Puts these in the place of the account's preferences; one write. Raises Invalid."""
    return await wishes.change(ctx, account, given)


async def inbox(ctx: Ctx, account: str, cursor: str | None = None, limit: int = 20) -> Page:
    """A page of messages, newest first; ``cursor`` is that of the page before; one call.

    Nothing older than a year is shown.

    Raises:
        Invalid: the cursor is not one of ours.
    """
    months = store.months(ctx.wire_now(), store.MONTHS_KEPT)
    before = _read(cursor) if cursor else None
    docs = await store.page(ctx, account, months, before, limit + 1)
    more = len(docs) > limit
    return Page(
        items=[_item(doc) for doc in docs[:limit]],
        cursor=_name(docs[limit - 1]) if more else None,
    )


async def unread(ctx: Ctx, account: str) -> int:
    """Unread messages of this and the last month; two calls."""
    return sum([await store.unread(ctx, account, month) for month in _recent(ctx)])


async def mark_read(ctx: Ctx, account: str, ids: list[str] | None = None) -> int:
    """Marks messages of this and the last two months as read: those named, or all; how many."""
    return sum([await store.read(ctx, account, month, ids) for month in _recent(ctx, 2)])


def _recent(ctx: Ctx, back: int = 1) -> list[datetime]:
    return store.months(ctx.wire_now(), back)


def _item(doc: dict) -> Item:
    fields = ("at", "title", "text", "icon", "link", "state")
    return Item(
        id=doc["_id"], read=doc["read_at"] is not None, **{name: doc[name] for name in fields}
    )


def _name(last: dict) -> str:
    """Continue after that message."""
    return f"{int(last['at'].timestamp() * 1000)}.{last['_id']}"


def _read(cursor: str) -> tuple[datetime, str]:
    match = CURSOR.fullmatch(cursor)
    if match is None:
        raise Invalid(fields={"cursor": "无效的翻页位置"})
    return datetime.fromtimestamp(int(match[1]) / 1000, UTC), match[2]


async def log(
    ctx: Ctx,
    *,
    day: date | None = None,
    state: str = "",
    key: str = "",
    account: str = "",
    subject: str = "",
    limit: int = 200,
) -> list[dict]:
    """What was told to whom and what became of it, newest first, for those who look after it; one
    call, audited.

    Args:
        day: on the hospital's calendar; without one, and with ``key`` (of a message), ``account``
            or ``subject`` (an appointment), the whole year.
    """
    wanted = {"_id": key, "account": account, "event.subject": subject, "state": state}
    found: dict = {name: value for name, value in wanted.items() if value}
    months = store.months(ctx.wire_now(), store.MONTHS_KEPT)
    if day:
        zone = (await institutions.institution(ctx)).zone
        start, end = (local_midnight(day + timedelta(days=n), zone) for n in (0, 1))
        found["at"] = {"$gte": start, "$lt": end}
        months = store.months(end, 1)
    await ctx.house.audit.record(ctx, "messages:log:read", key or account or subject or str(day))
    return await store.log(ctx, months, found, limit)


async def reached(ctx: Ctx, subjects: list[str]) -> dict[str, str]:
    """How far the newest message about each of these has come: ``READ``, what the platform said
    later (``model.Delivery``), or its state. This month's and the last; one call.
    """
    about = {"event.subject": {"$in": subjects}}
    found = await store.log(ctx, store.months(ctx.wire_now()), about, 5 * len(subjects))
    return {
        doc["event"]["subject"]: "READ" if doc["read_at"] else doc.get("delivery", doc["state"])
        for doc in reversed(found)
    }


async def parked(ctx: Ctx, limit: int = 100) -> list[dict]:
    """Parked messages of this and the last month, with ``reason`` and ``tries``."""
    found = [
        doc
        for month in store.months(ctx.wire_now())
        for doc in await store.in_state(ctx, month, PARKED, limit)
    ]
    return found[:limit]


async def replay(ctx: Ctx, message_id: str) -> None:
    """Makes a parked message due again, with all its tries; audited.

    Raises:
        NotFound: no such message of this institution in this month or the last.
        WrongState: it is not parked.
    """
    months = store.months(ctx.wire_now())
    for month in months:
        if await store.unpark(ctx, month, message_id):
            await ctx.house.audit.record(ctx, "messages:message:replay", message_id)
            await worklist.settle(ctx, failing.TASK, message_id)
            ctx.house.nudge()
            return
    for month in months:
        if doc := await store.get(ctx, month, message_id):
            raise WrongState(state=doc["state"], allowed=sorted(MESSAGE.sources("replay")))
    raise NotFound


async def template_faults(ctx: Ctx, channel: Channel) -> list[str]:
    """What is wrong with the templates of a service account or mini-program, or with the texts that
    a provider approved, in words; one call to the platform.

    Raises:
        ChannelUnusable, GatewayBusy, GatewayRefused, GatewayUnknown: they cannot be seen.
    """
    if channel.platform == SMS:
        ask_texts = (await institutions.sms(ctx, channel)).templates
        ids = channel.templates
        return unusable(_texts(), ids, await ask_texts(sorted(ids.values())) if ids else [])
    upkeep = (await institutions.wechat(ctx, channel)).upkeep
    ask = upkeep.subscribe_templates if channel.platform == WECHAT_MINI else upkeep.templates
    return disagreements(_templates(channel.platform), channel.templates, await ask())


def _templates(platform: str) -> dict[str, frozenset[str]]:
    """The fields that we fill of each platform's template, by our name of it."""
    found: dict[str, frozenset[str]] = {}
    for row in TOLD.values():
        words = template(row.template).wechat
        if words and platform in row.channels:
            found[words.template] = found.get(words.template, frozenset()) | words.fields.keys()
    return found


def _texts() -> dict[str, int]:
    """How many fields each text has, by our name of it."""
    found = [words for row in TOLD.values() if (words := template(row.template).sms)]
    return {words.template: len(words.fields) for words in found}


def sends(lane: str) -> Sweep:
    """Sending what is due in one lane of the nudge."""
    return Sweep(f"messages send {lane}", partial(sending.send_due, lane=lane), EVERY[lane], lane)


sweeps = [*map(sends, EVERY), *callbacks.sweeps, *unheard.sweeps, *reported.sweeps]
