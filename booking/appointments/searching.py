"""Appointments as staff look for them. Every search is audited; personal data is compared by blind
index, or opened only to be compared.
"""

import re
from datetime import date, timedelta
from typing import Any

from booking.appointments import store
from booking.appointments.model import Appointment, Wanted
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid
from wx_backend.base.masking import mask_name
from wx_backend.base.words import Filled
from wx_backend.identity.patients import service as patients
from wx_backend.records.encounters import access as charts

NAMES = 2000
"""Patients whose names are compared at most: with more, the dates are too wide."""

SPAN = timedelta(days=92)
"""Dates that are looked through at most, for whoever it is: a hospital has thousands a day."""


async def search(
    ctx: Ctx, wanted: Wanted, limit: int, skip: int = 0
) -> tuple[list[Appointment], int]:
    """Appointments by visit and number, and how many there are in all.

    Raises:
        Invalid: neither dates nor a person, too many dates, no such number, or too many of a name.
    """
    where = await _where(ctx, wanted)
    await ctx.house.audit.record(
        ctx, "appointments:search:made", wanted.first, person=bool(wanted.who or wanted.name)
    )
    return await store.search(ctx, where, limit, skip), await store.count(ctx, where)


async def _where(ctx: Ctx, wanted: Wanted) -> dict[str, Any]:
    given = {"department_id": wanted.department, "state": wanted.state}
    where: dict[str, Any] = {field: value for field, value in given.items() if value}
    dates = {"$gte": wanted.first, "$lte": wanted.last}
    if bounds := {operator: day for operator, day in dates.items() if day}:
        where["visit_date"] = bounds
    if wanted.doctor:
        where["doctor"] = {"$regex": re.escape(wanted.doctor)}
    if wanted.who:
        found = await charts.people(ctx, wanted.who)
        where["patient_id"] = {"$in": [one.patient_id for one in found]}
    elif len(bounds) < len(dates):
        raise Invalid(fields={"first": "请填写就诊日期，或身份证号、手机号、病历号"})
    else:
        _check_span(wanted)
    if wanted.name:
        where["patient_id"] = {"$in": await _named(ctx, where, wanted.name)}
    return where


def _check_span(wanted: Wanted) -> None:
    """Raises Invalid."""
    try:
        span = date.fromisoformat(wanted.last) - date.fromisoformat(wanted.first)
    except ValueError:
        raise Invalid(fields={"first": "请填写日期，例如 2026-11-24"}) from None
    if span > SPAN:
        raise Invalid(fields={"first": Filled("不指明患者时最多查 %(days)s 天", days=SPAN.days)})


async def _named(ctx: Ctx, where: dict[str, Any], name: str) -> list[str]:
    alike = {**where, "patient": mask_name(name)}
    keys = await store.patients_of(ctx, alike, NAMES + 1)
    if len(keys) > NAMES:
        raise Invalid(fields={"name": "同名的人太多，请缩小日期范围"})
    return sorted(await patients.names_of(ctx, sorted(keys), name))
