"""Who did what to what, when, and with what result.

Changes are audited by the relay from the events that the changed documents carry, so no change
can be without its record. ``Audit.record`` is for what leaves no event: reads of sensitive data,
reveals of masked values, sign-ins, crossings between institutions. Records are inserted unchained
and marked ``open`` until the sealer (``base/seals``) has chained and signed them.

Personal values appear by reference only: they are kept sealed in a collection of their own, and
erasing them there leaves the chain whole.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wx_backend.base import ids
from wx_backend.base.collection import Collection, Index
from wx_backend.base.context import Ctx

RECORDS = Collection(
    "audit",
    retention="audit",
    scoped=False,
    monthly=True,
    indexes=(
        Index("subject", (("inst", 1), ("subject", 1), ("at", -1))),
        Index("newest", (("inst", 1), ("at", -1), ("_id", -1))),
        Index("actor", (("inst", 1), ("actor", 1), ("at", -1))),
        Index("open", (("at", 1), ("_id", 1)), partial={"open": True}),
    ),
)
VALUES = Collection(
    "audit_values",
    retention="audit",
    ages="at",
    indexes=(Index("subject", (("inst", 1), ("subject", 1))),),
)
"""Personal values that records refer to."""

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
        "open": True,
    }


class Audit:
    """Writes audit records."""

    async def record(
        self,
        ctx: Ctx,
        action: str,
        subject: str,
        personal: Mapping[str, str] | None = None,
        **data: Any,
    ) -> None:
        """Returns once the record is durable; call it before giving the data away.

        Args:
            personal: values by name; the record holds references, ``values_of`` brings them back.
        """
        if personal:
            data["personal"] = await _keep(ctx, subject, personal)
        doc = record_of(ctx, ids.new("aud"), action, subject, **data)
        await ctx.db(RECORDS).month(doc["at"]).insert_together(doc)


async def _keep(ctx: Ctx, subject: str, personal: Mapping[str, str]) -> dict[str, str]:
    """Stores personal values, encrypted; their references by name."""
    references = {name: ids.new("aval") for name in personal}
    await ctx.db(VALUES).insert_many(
        [
            {
                "_id": key,
                "subject": subject,
                "at": ctx.wire_now(),
                "value": ctx.house.vault.seal(personal[name], key),
            }
            for name, key in references.items()
        ]
    )
    return references


async def values_of(ctx: Ctx, record: dict) -> dict[str, str | None]:
    """The personal values a record refers to; None for those that were erased."""
    references = record["data"].get("personal", {})
    docs = await ctx.db(VALUES).find({"_id": {"$in": list(references.values())}})
    known = {doc["_id"]: ctx.house.vault.open(doc["value"], doc["_id"]) for doc in docs}
    return {name: known.get(key) for name, key in references.items()}


async def erase(ctx: Ctx, subject: str) -> int:
    """Erases the personal values of all records about a subject; how many."""
    return await ctx.db(VALUES).delete_many({"subject": subject})


async def records(
    ctx: Ctx,
    month: datetime,
    *,
    actor: str = "",
    subject: str = "",
    action: str = "",
    before: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[dict]:
    """Records of the context's institution in a month (UTC), newest first.

    ``action`` is the beginning of one; ``before`` is moment and id of the last record seen.
    """
    where: dict[str, Any] = {"inst": ctx.institution}
    where |= {name: given for name, given in (("actor", actor), ("subject", subject)) if given}
    if action:
        where["action"] = {"$regex": f"^{re.escape(action)}"}
    if before:
        at, key = before
        where["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": key}}]
    table = ctx.db(RECORDS).month(month)
    return await table.find(where, sort=[("at", -1), ("_id", -1)], limit=limit)
