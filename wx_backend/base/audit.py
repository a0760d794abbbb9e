"""Who did what to what, when, and with what result.

Changes are audited by the relay from the events that the changed documents carry, so no change
can be without its record. ``Audit.record`` is for what leaves no event: reads of sensitive data,
reveals of masked values, sign-ins, crossings between institutions. Personal values appear by
reference only.
"""

import re
from typing import Any

from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.base.db import Collection, Index

RECORDS = Collection(
    "audit",
    retention="audit",
    scoped=False,
    monthly=True,
    indexes=(
        Index("subject", (("inst", 1), ("subject", 1), ("at", -1))),
        Index("actor", (("inst", 1), ("actor", 1), ("at", -1))),
    ),
)

ACTION = re.compile(r"^[a-z_]+:[a-z_]+:[a-z_]+$")


def record_of(ctx: Ctx, key: str, action: str, subject: str, **data: Any) -> dict:
    """A record as stored; ``action`` is source:subject:verb."""
    if not ACTION.match(action):
        raise ValueError(f"audit action {action!r} is not source:subject:verb")
    return {
        "_id": key,
        "inst": ctx.institution,
        "at": ctx.wire_now(),
        "actor": str(ctx.actor),
        "action": action,
        "subject": subject,
        "trace": ctx.trace,
        "data": data,
    }


class Audit:
    """Writes audit records."""

    async def record(self, ctx: Ctx, action: str, subject: str, **data: Any) -> None:
        """Returns once the record is durable; call it before giving the data away."""
        doc = record_of(ctx, ids.new("aud"), action, subject, **data)
        await ctx.db(RECORDS).month(doc["at"]).insert_together(doc)
