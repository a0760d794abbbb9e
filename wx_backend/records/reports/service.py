"""Filing what a laboratory sends, and releasing what waited for a clinician."""

import asyncio
from datetime import date
from importlib import resources

import msgspec

from wx_backend.base import masking
from wx_backend.base.cache import recent
from wx_backend.base.clock import local_date
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.events import happened
from wx_backend.base.outbox import CRITICAL
from wx_backend.gateways.lis.port import LabReport
from wx_backend.records.encounters import service as encounters
from wx_backend.records.encounters.model import Chart, Encounter, chart_id
from wx_backend.records.reports import store
from wx_backend.records.reports.events import CORRECTED, CRITICAL_FOUND, FILED
from wx_backend.records.reports.model import (
    Content,
    Item,
    Merged,
    OwnRules,
    Past,
    Reference,
    Report,
    Who,
    digest,
    first,
    merge,
    reference,
    report_id,
)
from wx_backend.records.reports.panic import Finding, detect
from wx_backend.records.reports.rules import Rule, Rulebook, RuleSet, Subject

ATTEMPTS = 20


async def file(ctx: Ctx, given: LabReport) -> Report:
    """Files what was sent about a report; the same again changes nothing.

    Results that are new or say otherwise are judged by the rules, and the findings travel with the
    report's own event. One shared read (two when the message leaves out who it is about) and one
    shared insert for a new report.

    Raises:
        WrongState: others kept changing the same report; try again.
    """
    chart, stay, book = await asyncio.gather(
        _chart(ctx, given), encounters.encounter(ctx, given.visit_no), rulebook(ctx)
    )
    content = _content(given, stay)
    subject = _subject(given, chart, content, book.conditions(stay.diagnoses if stay else ()))
    key = report_id(ctx.institution or "", given.source, given.lis_id)
    known: Report | None = None
    for _ in range(ATTEMPTS):
        if known and digest(content) in known.digests:
            return known
        merged = merge(known.content, content) if known else first(content)
        findings = detect(merged.changed, subject, book, _beside(known, merged))
        new = _report(ctx, key, given, chart, known, merged, content, findings)
        events = _events(ctx, known, new, merged, findings)
        done = store.replace(ctx, known, new, events) if known else store.add(ctx, new, events)
        if await done:
            _nudge(ctx, events)
            return new
        known = await store.get(ctx, key)
    raise WrongState()


async def current(ctx: Ctx, key: str) -> Report | None:
    """A report as it is now, for what is done without a reader; people read through ``access``."""
    return await store.get(ctx, key)


async def release(ctx: Ctx, key: str, version: int | None = None) -> None:
    """A clinician has acted on the report's critical results: the patient may read it.

    Args:
        version: the one that was acted upon; None for what it is now.

    Raises:
        NotFound.
        WrongState: there is a newer version, which waits for a clinician again.
    """
    known = await store.get(ctx, key)
    if known is None:
        raise NotFound()
    if version not in (None, known.version):
        raise WrongState(version=known.version)
    if known.held and not await store.release(ctx, key, known.version):
        raise WrongState()
    await ctx.house.audit.record(ctx, "records:report:release", key, version=known.version)


async def referred(ctx: Ctx, key: str, item: str) -> Reference:
    """How the laboratory calls a result of this report; one shared read. Raises NotFound."""
    known = await store.get(ctx, key)
    if known is None:
        raise NotFound()
    return reference(known, item)


async def rulebook(ctx: Ctx) -> Rulebook:
    """The rules in force, at most a second old: the hospital's own once approved, else the seed.

    The seed is a DRAFT and says so in every finding; a hospital that has approved nothing yet is
    still warned.
    """
    return await recent(ctx.house, "panic_rules").get(ctx.institution, lambda: _read_rules(ctx))


def seed() -> RuleSet:
    """The defaults that come with the program."""
    text = resources.files(__package__).joinpath("data/panic.json").read_bytes()
    return msgspec.json.decode(text, type=RuleSet)


async def propose_rules(ctx: Ctx, rules: tuple[Rule, ...], effective_from: date) -> RuleSet:
    """The institution's next rule set, DRAFT until somebody else approves it. What the diagnoses
    mean and how haemolysis is told stay as in the set in force. Raises WrongState.
    """
    present = await _in_force(ctx)
    draft = await store.propose(
        ctx, msgspec.structs.replace(present, rules=rules, effective_from=effective_from)
    )
    if draft is None:
        raise WrongState()
    return draft


async def approve_rules(ctx: Ctx, key: str) -> RuleSet:
    """DRAFT → APPROVED; in force in every process within a second from its day on.

    Raises:
        NotFound, WrongState.
        OwnRules: the proposer cannot approve.
    """
    approved = await store.approve(ctx, key)
    if approved:
        recent(ctx.house, "panic_rules").forget(ctx.institution)
        return approved
    found = await store.rule_set(ctx, key)
    if found is None:
        raise NotFound()
    if found.state == "DRAFT":
        raise OwnRules()
    raise WrongState(state=found.state)


async def _chart(ctx: Ctx, given: LabReport) -> Chart | None:
    """Asked only when the message does not say itself who this is."""
    person = given.person
    if person.name and person.sex and person.birth_date:
        return None
    return await encounters.chart_of(ctx, person.mrn)


async def _read_rules(ctx: Ctx) -> Rulebook:
    return Rulebook(await _in_force(ctx))


async def _in_force(ctx: Ctx) -> RuleSet:
    return await store.approved_rules(ctx, ctx.today().isoformat()) or seed()


def _content(given: LabReport, stay: Encounter | None) -> Content:
    """What was sent, in the words of this slice; the place is the HIS's where it knows one."""
    place = stay.place if stay and stay.place.ward else given.place
    return msgspec.structs.replace(
        msgspec.convert(given, Content, from_attributes=True),
        ward=place.ward,
        department=place.department,
    )


def _beside(known: Report | None, merged: Merged) -> list[Item]:
    """Results that nothing new is said about and that are not critical."""
    told = {item.key for item in merged.changed}.union(known.critical if known else ())
    return [item for item in merged.content.items if item.key not in told]


def _subject(
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


def _report(
    ctx: Ctx,
    key: str,
    given: LabReport,
    chart: Chart | None,
    known: Report | None,
    merged: Merged,
    content: Content,
    findings: list[Finding],
) -> Report:
    inst, mrn = ctx.institution or "", given.person.mrn
    changed = {item.key for item in merged.changed}
    still = [one for one in (known.critical if known else ()) if one not in changed]
    now_critical = [one.item for one in findings if one.verdict == "CRITICAL"]
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
        critical=(*still, *now_critical),
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


def _events(
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


def _nudge(ctx: Ctx, events: list[dict]) -> None:
    ctx.house.nudge()
    if len(events) > 1:
        ctx.house.nudge(CRITICAL)
