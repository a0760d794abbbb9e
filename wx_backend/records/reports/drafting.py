"""What a report becomes when something is said about it, and what that announces."""

from datetime import date

import msgspec

from wx_backend.base import masking
from wx_backend.base.clock import local_date
from wx_backend.base.context import Ctx
from wx_backend.base.events import happened
from wx_backend.gateways.lis.port import LabReport
from wx_backend.records.encounters.model import Chart, Encounter, chart_id
from wx_backend.records.reports.events import CORRECTED, CRITICAL_FOUND, FILED
from wx_backend.records.reports.model import (
    FINAL,
    WITHDRAWN,
    Content,
    Item,
    Merged,
    Past,
    Report,
    Who,
    digest,
)
from wx_backend.records.reports.panic import Finding
from wx_backend.records.reports.rules import Subject


def content_of(given: LabReport, stay: Encounter | None) -> Content:
    """What was sent, in the words of this slice; the place is the HIS's where it knows one."""
    place = stay.place if stay and stay.place.ward else given.place
    return msgspec.structs.replace(
        msgspec.convert(given, Content, from_attributes=True),
        ward=place.ward,
        department=place.department,
    )


def to_judge(merged: Merged) -> list[Item]:
    """Results that are new or say otherwise, and those on which the rules waited for the laboratory
    to stand by them.
    """
    return [*merged.changed, *merged.confirmed]


def beside(known: Report | None, merged: Merged) -> list[Item]:
    """Results that nothing new is said about and that are not critical."""
    told = {item.key for item in to_judge(merged)}.union(known.critical if known else ())
    return [item for item in merged.content.items if item.key not in told]


def news(known: Report | None, merged: Merged, findings: list[Finding]) -> list[Finding]:
    """Without what was found critical by the same words before."""
    said = {item.key for item in merged.confirmed}.intersection(known.critical if known else ())
    return [one for one in findings if one.item not in said or one.verdict != "CRITICAL"]


def standing(known: Report | None, merged: Merged, findings: list[Finding]) -> list[str]:
    """What was critical and has not been taken back: nobody speaks of it, or in advance only, which
    takes nothing back, or it was found critical by the same words.
    """
    before = known.critical if known else ()
    found = {one.item for one in findings if one.verdict == "CRITICAL"}
    final = {item.key for item in to_judge(merged) if item.status in FINAL | WITHDRAWN}
    said = {item.key for item in merged.confirmed} & found
    return [one for one in before if one in said or (one not in final and one not in found)]


def subject_of(
    given: LabReport, chart: Chart | None, content: Content, conditions: frozenset[str]
) -> Subject:
    """``conditions``: what the stay says of the patient; none where it is not known."""
    born = given.person.birth_date or (chart.identity.birth_date if chart else None)
    at = content.collected_at or content.resulted_at
    where = f"{content.ward} {content.department}"
    return Subject(
        on=local_date(at),
        born=born,
        where=where,
        specimen=content.specimen,
        conditions=conditions,
        state=frozenset(content.specimen_state),
    )


def drafted(
    ctx: Ctx,
    key: str,
    given: LabReport,
    chart: Chart | None,
    known: Report | None,
    merged: Merged,
    content: Content,
    findings: list[Finding],
    still: list[str],
) -> Report:
    """The report after ``content`` was sent, as it will be stored; ``known`` is it before and
    ``still`` what has stayed critical.
    """
    inst, mrn = ctx.institution or "", given.person.mrn
    before = known.critical if known else ()
    # What was critical and cannot be judged any more is not taken back until it can be.
    now_critical = [one.item for one in findings if one.verdict == "CRITICAL" or one.item in before]
    version = known.version + 1 if known else 1
    past = Past(version=version, filed_at=ctx.now(), content=content)
    return Report(
        id=key,
        inst=inst,
        source=given.source,
        lis_id=given.lis_id,
        chart=chart_id(inst, mrn) if mrn else known.chart if known else "",
        who=_who(ctx, key, given, chart, known),
        version=version,
        filed_at=ctx.now(),
        content=merged.content,
        digests=(*(known.digests if known else ()), digest(content)),
        critical=tuple(dict.fromkeys((*still, *now_critical))),
        held=bool(now_critical) or bool(known and known.held and still),
        history=_history(known, past),
    )


def _history(known: Report | None, past: Past) -> tuple[Past, ...]:
    if known is None:
        return ()
    sent_first = Past(version=known.version, filed_at=known.filed_at, content=known.content)
    return (*(known.history or (sent_first,)), past)


def _who(ctx: Ctx, key: str, given: LabReport, chart: Chart | None, known: Report | None) -> Who:
    """Who it is about, as the sender says; the chart fills what it leaves out."""
    person, before = given.person, known.who if known else Who()
    identity = chart.identity if chart else None
    sealed = ctx.house.vault.seal(person.name, f"reports.name:{key}") if person.name else ""
    return Who(
        name=sealed or before.name,
        display=masking.mask_name(person.name) or before.display or _of(identity, "display", ""),
        sex=person.sex or before.sex or _of(identity, "sex", ""),
        born=person.birth_date or before.born or _of(identity, "birth_date", None),
    )


def _of(identity: msgspec.Struct | None, name: str, default: str | None) -> str | date | None:
    return getattr(identity, name) if identity else default


def events_of(
    ctx: Ctx, known: Report | None, new: Report, merged: Merged, findings: list[Finding]
) -> list[dict]:
    """``report.filed`` or ``report.corrected``, and what a clinician must hear of at once."""
    told = {
        "report": new.id,
        "chart": new.chart,
        "source": new.source,
        "lis_id": new.lis_id,
        "title": new.content.title,
        "status": new.content.status,
        "resulted_at": new.content.resulted_at,
        "held": new.held,
    }
    if merged.corrected:
        corrected = list(merged.corrected)
        main = happened(ctx, CORRECTED, new.id, new.version, **told, corrected=corrected)
    else:
        main = happened(ctx, FILED, new.id, new.version, **told)
    recalled = [one for one in (known.critical if known else ()) if one not in new.critical]
    if not findings and not recalled:
        return [main]
    content = new.content
    urgent = happened(
        ctx, CRITICAL_FOUND, new.id, new.version, 1, **told, report_version=new.version,
        patient=new.who.display, sex=new.who.sex,
        born=new.who.born.isoformat() if new.who.born else "", visit_no=content.visit_no,
        ward=content.ward, department=content.department,
        orderer={"code": content.orderer.code, "name": content.orderer.name},
        specimen=content.specimen, specimen_no=content.specimen_no, missing=list(content.missing),
        findings=[_told(one, content.item(one.item)) for one in findings], recalled=recalled,
    )  # fmt: skip
    return [main, urgent]


def _told(finding: Finding, item: Item | None) -> dict:
    """A finding together with the result it is about."""
    about = {
        "name": item.name,
        "value": item.value,
        "unit": item.unit,
        "range": item.range,
        "flags": list(item.flags),
    }
    return {**msgspec.to_builtins(finding), **about} if item else msgspec.to_builtins(finding)
