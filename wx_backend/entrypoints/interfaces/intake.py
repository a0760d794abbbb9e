"""A frame off the wire: read, judged, made durable, answered. Handling comes after the answer."""

import asyncio
import logging

import msgspec

from wx_backend.base import ids, metrics
from wx_backend.base.context import Ctx, House
from wx_backend.entrypoints.interfaces import alarms, inbox
from wx_backend.entrypoints.interfaces.endings import endings
from wx_backend.entrypoints.interfaces.model import Received, fault, verdict
from wx_backend.entrypoints.interfaces.routes import KINDS
from wx_backend.gateways.hl7 import ack
from wx_backend.gateways.hl7.ack import Fault, acknowledge
from wx_backend.gateways.hl7.charset import Decoded, decode
from wx_backend.gateways.hl7.message import Message, NotHl7, envelope, lines, parse, split_batch
from wx_backend.gateways.hl7.mllp import Broken, Frame

logger = logging.getLogger(__name__)


class Job(msgspec.Struct, frozen=True):
    """A message that is durable and is to be handled now."""

    ctx: Ctx
    received: Received
    message: Message


class Answer(msgspec.Struct, frozen=True):
    """The frames that go back to the sender, and the messages to be handled now, in order."""

    frames: tuple[bytes, ...]
    work: tuple[Job, ...] = ()


class _One(msgspec.Struct, frozen=True):
    texts: tuple[str, ...]
    charset: str
    work: tuple[Job, ...] = ()


class Intake:
    """Receives for one institution.

    Args:
        habit: codec of senders that leave MSH-18 empty.
    """

    def __init__(self, house: House, institution: str, habit: str = "utf-8"):
        self._house = house
        self._institution = institution
        self._habit = habit
        self._lease = ids.new("ls")
        self._production = house.settings.env == "production"

    async def finish(self) -> None:
        """Returns when the outcomes of all that was handled are written."""
        await endings(self._house).flush()

    async def receive(self, item: Frame | Broken, peer: str) -> Answer:
        """One write for a message (shared with others that arrive now), none for one that is no
        HL7 at all. Never raises: what cannot be stored is answered AR, and the sender keeps it.
        """
        if isinstance(item, Broken):
            one = self._unreadable(decode(item.head, self._habit), item.reason)
            return Answer(_encoded(one))
        read = decode(item.body, self._habit)
        try:
            texts = split_batch(read.text)
        except NotHl7 as error:
            return Answer(_encoded(self._unreadable(read, error.data["reason"])))
        cover = envelope(read.text)
        if len(texts) == 1 and not cover:
            one = await self._one(texts[0], item.body, read, peer)
            return Answer(_encoded(one), one.work)
        raws = [_bytes(text, read.charset) for text in texts]
        ones = await asyncio.gather(
            *(self._one(text, raw, read, peer) for text, raw in zip(texts, raws, strict=True))
        )
        work = tuple(job for one in ones for job in one.work)
        said = [text for one in ones for text in one.texts]
        whole = ack.batch(said, cover, _control_id(), self._house.wire.now())
        return Answer((_bytes(whole, read.charset),), work)

    async def _one(self, text: str, raw: bytes, read: Decoded, peer: str) -> _One:
        ctx = self._house.ctx(self._institution)
        try:
            message = parse(text, read.charset)
        except NotHl7 as error:
            return await self._bad(ctx, text, raw, read, peer, error.data["reason"])
        if found := fault(message, KINDS, self._production):
            return await self._refuse(ctx, message, raw, peer, found)
        return await self._accept(ctx, message, raw, read, peer)

    async def _accept(
        self, ctx: Ctx, message: Message, raw: bytes, read: Decoded, peer: str
    ) -> _One:
        mine = {"peer": peer, "faithful": read.faithful, "lease": self._lease}
        doc = inbox.document(ctx, message, raw, **mine)
        try:
            kept = await inbox.keep(ctx, doc)
        except Exception:  # not durable, so not accepted: the sender still has it
            logger.exception("message not stored", extra={"kind": message.kind})
            return self._said(ctx, message, Fault("207"), "AR")
        if kept != "NEW":
            metrics.HL7_MESSAGES.labels(message.kind, kept.lower()).inc()
        if kept == "SAME":
            return self._said(ctx, message)
        return self._said(ctx, message, work=(Job(ctx, inbox.received(doc), message),))

    async def _refuse(
        self, ctx: Ctx, message: Message, raw: bytes, peer: str, found: Fault
    ) -> _One:
        """Not accepted, but kept and told: what was in it may be somebody's critical value."""
        metrics.HL7_MESSAGES.labels("other", "refused").inc()
        logger.warning("message refused", extra={"reason": found.code, "field": found.location})
        doc = inbox.refused(ctx, message, raw, peer=peer, reason=found.code)
        try:
            await alarms.sound(ctx, inbox.received(doc), "REFUSED", found.code, found.location)
            await inbox.keep(ctx, doc)
        except Exception:  # the answer is no in any case
            logger.exception("refused message not stored", extra={"reason": found.code})
        return self._said(ctx, message, found)

    async def _bad(
        self, ctx: Ctx, text: str, raw: bytes, read: Decoded, peer: str, reason: str
    ) -> _One:
        """The header may still be good enough to say whose message it is."""
        try:
            header = parse(lines(text)[0], read.charset)
        except NotHl7:
            return self._unreadable(read, reason)
        return await self._refuse(ctx, header, raw, peer, Fault("100", note=reason))

    def _unreadable(self, read: Decoded, reason: str) -> _One:
        metrics.HL7_MESSAGES.labels("other", "unreadable").inc()
        logger.warning("no message", extra={"reason": reason})
        try:
            header = parse(lines(read.text)[0], read.charset)
        except (NotHl7, IndexError):
            header = None
        ctx = self._house.ctx(self._institution)
        return self._said(ctx, header, Fault("100", note=reason), "AR")

    def _said(
        self,
        ctx: Ctx,
        message: Message | None,
        found: Fault | None = None,
        how: ack.Verdict | None = None,
        work: tuple = (),
    ) -> _One:
        said = how or (verdict(found) if found else "AA")
        texts = (
            acknowledge(message, code, _control_id(), ctx.wire_now(), found)
            for code in ack.codes(message, said, self._house.settings.hl7_enhanced)
        )
        return _One(tuple(texts), message.charset if message else "utf-8", work)


def _control_id() -> str:
    return ids.new("ack")[:20]


def _encoded(one: _One) -> tuple[bytes, ...]:
    return tuple(_bytes(text, one.charset) for text in one.texts)


def _bytes(text: str, charset: str) -> bytes:
    return text.encode(charset, errors="replace")
