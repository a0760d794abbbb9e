"""Templates: lines of versions, each made once and never changed."""

from booking.timetables import store
from booking.timetables.events import TEMPLATE_MADE
from booking.timetables.model import Template, TemplateForm, template_id
from booking.timetables.rules import check_overlap, check_template
from wx_backend.base import ids
from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid, NotFound, WrongState
from wx_backend.base.events import happened
from wx_backend.directory.departments import service as departments
from wx_backend.directory.settings import service as parameters


async def newest(ctx: Ctx) -> list[Template]:
    """The newest version of every line."""
    newest: dict[str, Template] = {}
    for one in await store.templates(ctx):
        if one.line not in newest or newest[one.line].version < one.version:
            newest[one.line] = one
    return list(newest.values())


async def versions(ctx: Ctx, line: str) -> list[Template]:
    """Every version of a line, oldest first. Raises NotFound."""
    found = await store.versions(ctx, line)
    if not found:
        raise NotFound("没有找到这个出诊模板")
    return found


async def add_template(ctx: Ctx, form: TemplateForm) -> Template:
    """The first version of a new line. Raises Invalid, NotFound, TimesOverlap."""
    return await _write_template(ctx, form, ids.new("tln"), 1)


async def change_template(ctx: Ctx, line: str, version: int, form: TemplateForm) -> Template:
    """The version after ``version``; slots follow at the next generation.

    Raises:
        WrongState: somebody made a version meanwhile.
        NotFound, Invalid, TimesOverlap.
    """
    before = (await versions(ctx, line))[-1]
    if before.version != version:
        raise WrongState()
    if (form.doctor_id, form.weekday) != (before.doctor_id, before.weekday):
        raise Invalid(fields={"doctor_id": "换医生或换周几请新建模板，并为原模板设置截止日期"})
    return await _write_template(ctx, form, line, version + 1)


async def _write_template(ctx: Ctx, form: TemplateForm, line: str, version: int) -> Template:
    doctor = await departments.doctor(ctx, form.doctor_id)
    unit = await departments.department(ctx, doctor.department_id)
    share = await parameters.resolve(
        ctx,
        "booking.referral_share",
        campus=unit.campus_id,
        department=unit.id,
        clinic_type=form.clinic_type,
        doctor=doctor.id,
    )
    check_template(form, int(share))
    made = Template(
        id=template_id(ctx.institution or "", line, version),
        inst=ctx.institution or "",
        line=line,
        version=version,
        department_id=unit.id,
        campus_id=unit.campus_id,
        made_by=str(ctx.actor),
        made_at=ctx.now(),
        **{name: getattr(form, name) for name in form.__struct_fields__},
    )
    check_overlap(made, await store.templates(ctx))
    told = {"line": line, "version": version, "effective_from": made.effective_from}
    if not await store.add_template(ctx, made, happened(ctx, TEMPLATE_MADE, made.id, 1, **told)):
        raise WrongState()
    return made


async def register(ctx: Ctx, given: list[Template]) -> int:
    """Stores templates as given, those that are not there yet; how many."""
    return await store.add_templates(ctx, given)
