"""Verifications that people ask for: they run beside other work, with progress, and are kept.

The process that was asked runs them; whichever process is asked later finds how far they are. One
that has said nothing for a while has died with its process.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from wx_backend.base import ids
from wx_backend.base.collection import Collection, Index
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound
from wx_backend.base.seals import store
from wx_backend.base.seals.verify import Report, months, verify

logger = logging.getLogger(__name__)

VIEW = "audit_checks"
SILENT = timedelta(minutes=2)

CHECKS = Collection(
    "audit_checks",
    retention="audit",
    indexes=(Index("started", (("inst", 1), ("started_at", -1))),),
)


class Check(msgspec.Struct, frozen=True, kw_only=True, rename={"id": "_id"}):
    """One verification of a month; ``seals`` of ``of_seals`` are done."""

    id: str
    inst: str
    month: str
    state: Literal["RUNNING", "DONE", "FAILED"] = "RUNNING"
    by: str
    started_at: datetime
    heard_at: datetime
    seals: int = 0
    of_seals: int = 0
    records: int = 0
    report: Report | None = None

    def dead(self, now: datetime) -> bool:
        """Whether its process has died under it."""
        return self.state == "RUNNING" and now - self.heard_at > SILENT


async def begin(ctx: Ctx, month: str) -> Check:
    """Starts one; audited. Raises Invalid: there is no such month."""
    if month not in await months(ctx):
        raise Invalid(fields={"month": "这个月没有审计记录"})
    head, now = await store.head(ctx.house.db, month), ctx.wire_now()
    check = Check(
        id=ids.new("chk"),
        inst=ctx.institution or "",
        month=month,
        by=str(ctx.actor),
        started_at=now,
        heard_at=now,
        of_seals=head.n if head else 0,
    )
    await ctx.house.audit.record(ctx, "audit:month:verify", month, check=check.id)
    await ctx.db(CHECKS).insert(msgspec.to_builtins(check, builtin_types=(datetime,)))
    running = ctx.house.views.setdefault(VIEW, set())
    task = asyncio.create_task(_run(ctx, check))
    running.add(task)
    task.add_done_callback(running.discard)
    return check


async def get(ctx: Ctx, key: str) -> Check:
    """Raises NotFound."""
    doc = await ctx.db(CHECKS).get(key)
    if doc is None:
        raise NotFound()
    return msgspec.convert(doc, Check)


async def recent(ctx: Ctx, limit: int = 20) -> list[Check]:
    """Newest first."""
    docs = await ctx.db(CHECKS).find({}, sort=[("started_at", -1)], limit=limit)
    return [msgspec.convert(doc, Check) for doc in docs]


async def _run(ctx: Ctx, check: Check) -> None:
    async def heard(seals: int, records: int) -> None:
        await _write(ctx, check, seals=seals, records=records)

    try:
        report = await verify(ctx, check.month, heard)
    except Exception:  # shown to who asked, who may ask again
        logger.exception("audit not verified", extra={"check": check.id})
        await _write(ctx, check, state="FAILED")
        return
    told = msgspec.to_builtins(report)
    await _write(ctx, check, state="DONE", report=told, seals=report.seals, records=report.records)


async def _write(ctx: Ctx, check: Check, **fields: object) -> None:
    change = {"$set": {**fields, "heard_at": ctx.wire_now()}}
    await ctx.db(CHECKS).change({"_id": check.id}, change)
