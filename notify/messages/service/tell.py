"""From an event to messages: who is told, in which words."""

import msgspec

from notify.messages import store
from notify.messages.catalogue import TOLD, Told
from notify.messages.model import DUE, FAILED, OLDEST, Grade
from notify.messages.words import Template, write
from wx_backend.base import ids, metrics
from wx_backend.base.context import Ctx
from wx_backend.base.events import Event
from wx_backend.base.outbox import CRITICAL, RELAY
from wx_backend.directory.institutions import service as institutions


async def tell(ctx: Ctx, event: Event) -> None:
    """Makes one message for each account the catalogue names; a repeated event makes none.

    One insert for each recipient; the hospital's zone comes from a cache.

    Raises:
        KeyError: the catalogue does not tell this event, or its data names no recipient.
        Unfit: the words do not fit the platform's fields.
    """
    row = TOLD[event.type]
    zone = (await institutions.institution(ctx)).zone
    words = write(row.template, event, zone)
    named = event.data[row.audience]
    for account in [named] if isinstance(named, str) else named:
        doc = _message(ctx, row, event, words, account)
        if await store.add(ctx, event.at, doc):
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
        "title": words.title,
        "text": words.text,
        "icon": words.icon,
        "link": words.link,
        "wechat": {"template": words.wechat.template, "fields": words.wechat.fields},
        "read_at": None,
        "tries": 0,
    }
    if ctx.wire_now() - event.at > OLDEST:
        return {**doc, "state": FAILED, "reason": "too_old"}
    return {**doc, "state": DUE, "due_at": ctx.now()}


async def adopt(ctx: Ctx, account: str, into: str) -> None:
    """The messages of an account that was merged belong to the one that stays."""
    for month in store.months(ctx.wire_now(), store.MONTHS_KEPT):
        await store.adopt(ctx, account, into, month)
