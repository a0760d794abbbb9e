"""What people do about messages that raised an alarm: look, mend, replay, dismiss.

The original is never changed: a mended text is kept beside it, with who wrote it. Every look and
every decision is audited.
"""

import hashlib
from typing import Any

from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.entrypoints.interfaces import alarms, inbox
from wx_backend.entrypoints.interfaces.model import MESSAGE, Alarm, Letter, StillParked, fault
from wx_backend.entrypoints.interfaces.routes import KINDS, ROUTES
from wx_backend.gateways.hl7.charset import decode
from wx_backend.gateways.hl7.message import Unmappable, parse


async def waiting(ctx: Ctx, limit: int = 100) -> list[Alarm]:
    """Open alarms, newest first; nothing of what the messages say."""
    return await alarms.waiting(ctx, limit)


async def look(ctx: Ctx, alarm_id: str) -> Letter:
    """The message in plain text. Raises NotFound."""
    alarm, doc = await _find(ctx, alarm_id)
    await ctx.house.audit.record(ctx, "interface:message:reveal", doc["_id"])
    return Letter(
        alarm=alarm,
        state=doc["state"],
        tries=doc["tries"],
        text=_text(ctx, doc).replace("\r", "\n"),
        edited="edited" in doc,
    )


async def replay(ctx: Ctx, alarm_id: str, edited: str | None = None, reason: str = "") -> None:
    """Handles a parked or refused message now, as it is or as a person has mended it.

    It stays where it was until it has succeeded, so a crash loses nothing. The audit has why it was
    mended, and the digests of what came and of what was made of it.

    Raises:
        NotFound.
        WrongState: it does not wait for anybody (any more).
        NotHl7: the mended text is no message.
        StillParked: it failed again; ``reason`` and ``field`` say why.
    """
    alarm, doc = await _find(ctx, alarm_id)
    if doc["state"] not in MESSAGE.sources("dismiss"):
        raise WrongState(state=doc["state"])
    told: dict[str, Any] = {"edited": edited is not None}
    if edited is not None:
        message = parse(edited.replace("\r\n", "\n").replace("\n", "\r"))
        await inbox.edit(ctx, doc["_id"], doc["received_at"], message.text, reason)
        told |= {"before": _digest(inbox.unseal(ctx, doc)), "reason": reason}
        told |= {"after": _digest(message.text.encode())}
    else:
        message = parse(_text(ctx, doc), doc["charset"])
    if found := fault(message, KINDS, ctx.house.settings.env == "production"):
        raise StillParked(reason=found.code, field=found.location)
    await ctx.house.audit.record(ctx, "interface:message:replay", doc["_id"], **told)
    try:
        await ROUTES[message.kind](ctx, message)
    except Unmappable as error:
        raise StillParked(reason=error.code, field=error.data["field"]) from error
    await inbox.settle(ctx, doc["received_at"], [inbox.done(doc["_id"], ctx.wire_now())])
    await alarms.settle(ctx, alarm.id)


async def dismiss(ctx: Ctx, alarm_id: str, reason: str) -> None:
    """Nothing more is to be done; why is kept in the audit.

    Raises:
        NotFound.
        WrongState: somebody was first.
    """
    alarm, doc = await _find(ctx, alarm_id)
    if not await alarms.settle(ctx, alarm.id):
        raise WrongState()
    if alarm.kind != "CONFLICT":
        await inbox.dismiss(ctx, doc["_id"], doc["received_at"])
    await ctx.house.audit.record(ctx, "interface:message:dismiss", doc["_id"], reason=reason)


async def _find(ctx: Ctx, alarm_id: str) -> tuple[Alarm, dict]:
    alarm = await alarms.get(ctx, alarm_id)
    doc = await inbox.get(ctx, alarm.message, alarm.received_at) if alarm else None
    if alarm is None or doc is None:
        raise NotFound()
    return alarm, doc


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _text(ctx: Ctx, doc: dict) -> str:
    if "edited" in doc:
        return inbox.unseal(ctx, doc, "edited").decode()
    return decode(inbox.unseal(ctx, doc), doc["charset"]).text
