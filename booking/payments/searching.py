"""Orders as staff look for them. Every search is audited."""

from datetime import timedelta
from typing import Any

from booking.payments import store
from booking.payments.model import Order, Sought
from wx_backend.base import ids
from wx_backend.base.clock import local_midnight
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid

BOUGHT = ("appointment", "bill", "deposit")
"""Kinds of purposes whose own number finds the order."""


async def search(ctx: Ctx, sought: Sought, limit: int, skip: int = 0) -> tuple[list[Order], int]:
    """Orders, newest first, and how many there are in all.

    Raises:
        Invalid: neither a number, nor a day, nor a patient.
    """
    where = _where(sought)
    told = {"day": str(sought.day or ""), "person": sought.accounts is not None}
    await ctx.house.audit.record(ctx, "orders:search:made", sought.number[:40], **told)
    return await store.search(ctx, where, limit, skip)


def _where(sought: Sought) -> dict[str, Any]:
    both: list[dict[str, Any]] = []
    if sought.number:
        fields = ("refs", "entries.data.transaction", "references")
        keys = [sought.number, *(ids.derive("ord", kind, sought.number) for kind in BOUGHT)]
        alike = [{field: sought.number} for field in fields]
        both.append({"$or": [{"_id": {"$in": keys}}, *alike]})
    if sought.accounts is not None:
        theirs = {"account": {"$in": list(sought.accounts)}}
        both.append({"$or": [theirs, {"_id": {"$in": list(sought.orders)}}]})
    if sought.day:
        begins = local_midnight(sought.day)
        made = {"$gte": begins, "$lt": begins + timedelta(days=1)}
        both.append({"$or": [{"days": sought.day.isoformat()}, {"created_at": made}]})
    if not both:
        raise Invalid(fields={"day": "请填写单号、日期，或患者的身份证号、手机号"})
    return {"$and": both, **({"state": sought.state} if sought.state else {})}
