"""The one way to a report: with a verified binding, or on duty; every full view is audited."""

from wx_backend.base.context import Ctx
from wx_backend.base.errors import Forbidden, NotFound
from wx_backend.identity.patients import access as patients
from wx_backend.identity.staff.model import permits
from wx_backend.records.encounters import service as encounters
from wx_backend.records.reports import store
from wx_backend.records.reports.model import WITHDRAWN, Brief, Point, Report, ReportHeld, brief

PERMISSION = "reports:read"
LISTED = 200
COURSE = 6
"""Reports looked at for the course of one result."""


async def of_patient(ctx: Ctx, patient_id: str) -> list[Brief]:
    """The reports of a 就诊人 that the account may know of, newest first; without any result.

    Raises:
        NotFound: not a patient of this account.
        ReadingNeedsVerification: bound by name and number alone.
    """
    charts = await _charts(ctx, patient_id)
    found = await store.of_charts(ctx, charts, LISTED) if charts else []
    return [brief(one) for one in found if one.content.status in ("F", "C")]


async def read(ctx: Ctx, patient_id: str, report_id: str) -> Report:
    """One report of a 就诊人, for its account.

    Raises:
        NotFound: not there, not this patient's, or not verified by the laboratory yet.
        ReadingNeedsVerification: bound by name and number alone.
        ReportHeld: critical, and no clinician has acted yet.
    """
    charts = await _charts(ctx, patient_id)
    found = await store.get(ctx, report_id)
    if found is None or not found.chart or found.chart not in charts:
        raise NotFound("没有找到这份报告")
    if found.held:
        raise ReportHeld()
    if not found.readable:
        raise NotFound("没有找到这份报告")
    await ctx.house.audit.record(ctx, "records:report:read", report_id, version=found.version)
    return found


async def read_on_duty(ctx: Ctx, report_id: str) -> Report:
    """One report, for staff of this institution whose role reads reports.

    Raises:
        Forbidden: the caller is not staff, or has no such role.
        NotFound: there is none in this institution.
    """
    _check_duty(ctx)
    found = await store.get(ctx, report_id)
    if found is None:
        raise NotFound("没有找到这份报告")
    await ctx.house.audit.record(ctx, "records:report:read", report_id, version=found.version)
    return found


async def name_on_duty(ctx: Ctx, report_id: str) -> str:
    """The full name the laboratory sent, to speak about the right person; empty without one.
    Audited.

    Raises:
        Forbidden, NotFound: as ``read_on_duty``.
    """
    _check_duty(ctx)
    found = await store.get(ctx, report_id)
    if found is None:
        raise NotFound("没有找到这份报告")
    await ctx.house.audit.record(ctx, "records:name:revealed", report_id)
    return (
        ctx.house.vault.open(found.who.name, f"reports.name:{report_id}") if found.who.name else ""
    )


async def course_on_duty(ctx: Ctx, report_id: str, item_key: str) -> list[Point]:
    """A result over the person's last reports in the same unit, oldest first; empty when there is
    no such result. Audited; three calls.

    Raises:
        Forbidden: as ``read_on_duty``.
    """
    _check_duty(ctx)
    found = await store.get(ctx, report_id)
    item = found.content.item(item_key) if found else None
    if found is None or item is None:
        return []
    charts = await encounters.family(ctx, [found.chart]) if found.chart else []
    known = await store.of_charts(ctx, charts, COURSE) if charts else [found]
    await ctx.house.audit.record(ctx, "records:course:read", report_id, item=item_key)
    return [
        Point(one.content.resulted_at, value.value)
        for one in reversed(known)
        for value in one.content.items
        if (value.code, value.unit) == (item.code, item.unit) and value.status not in WITHDRAWN
    ]


def _check_duty(ctx: Ctx) -> None:
    if ctx.actor.kind != "staff" or not permits(ctx.actor.roles, PERMISSION):
        raise Forbidden()


async def _charts(ctx: Ctx, patient_id: str) -> list[str]:
    """The charts of a patient whom this account may read about."""
    await patients.may_read(ctx, patient_id)
    identity = await patients.identity_of(ctx, patient_id)
    return await encounters.charts_with(ctx, identity) if identity else []
