"""Filing what a laboratory sends, and releasing what waited for a clinician."""

import asyncio
from datetime import date
from importlib import resources

import msgspec

from wx_backend.base.cache import recent
from wx_backend.base.context import Ctx
from wx_backend.base.errors import NotFound, WrongState
from wx_backend.base.outbox import CRITICAL
from wx_backend.gateways.lis.port import LabReport
from wx_backend.records.encounters import service as encounters
from wx_backend.records.encounters.model import Chart, chart_id
from wx_backend.records.reports import drafting, rules, store
from wx_backend.records.reports.model import (
    OwnRules,
    Report,
    digest,
    first,
    merge,
    report_id,
)
from wx_backend.records.reports.panic import detect
from wx_backend.records.reports.rules import Rule, Rulebook, RuleSet

ATTEMPTS = 20

BANDS, OPEN, Limits = rules.BANDS, rules.OPEN, rules.Limits
differing = rules.differing
"""For the pages that show rule sets and propose others."""


async def file(ctx: Ctx, given: LabReport) -> Report:
    """Files what was sent about a report; the same again changes nothing.

    Results that are new, say otherwise or are final now are judged by the rules, and the findings
    travel with the report's own event. One shared read (two when the message leaves out who it is
    about) and one shared insert for a new report.

    Raises:
        WrongState: others kept changing the same report; try again.
    """
    chart, stay, book = await asyncio.gather(
        _chart(ctx, given), encounters.encounter(ctx, given.visit_no), rulebook(ctx)
    )
    content = drafting.content_of(given, stay)
    subject = drafting.subject_of(
        given, chart, content, book.conditions(stay.diagnoses if stay else ())
    )
    key = report_id(ctx.institution or "", given.source, given.lis_id)
    known: Report | None = None
    for _ in range(ATTEMPTS):
        if known and digest(content) in known.digests:
            return known
        merged = merge(known.content, content) if known else first(content)
        if known and await _somebody_else(ctx, known, given):
            merged = msgspec.structs.replace(merged, changed=merged.content.items, confirmed=())
        beside = drafting.beside(known, merged)
        found = detect(drafting.to_judge(merged), subject, book, beside)
        still, findings = (
            drafting.standing(known, merged, found),
            drafting.news(known, merged, found),
        )
        new = drafting.drafted(ctx, key, given, chart, known, merged, content, findings, still)
        events = drafting.events_of(ctx, known, new, merged, findings)
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
    await ctx.house.audit.record(ctx, "records:rules:propose", draft.id, version=draft.version)
    return draft


async def rule_sets(ctx: Ctx) -> list[RuleSet]:
    """The institution's own, newest first."""
    return await store.rule_sets(ctx)


async def rules_in_force(ctx: Ctx) -> RuleSet:
    """What results are judged by today."""
    return await _in_force(ctx)


async def reject_rules(ctx: Ctx, key: str) -> RuleSet:
    """DRAFT → REJECTED. Raises NotFound, WrongState."""
    rejected = await store.reject(ctx, key)
    if rejected is None:
        found = await store.rule_set(ctx, key)
        raise WrongState(state=found.state) if found else NotFound()
    await ctx.house.audit.record(ctx, "records:rules:reject", key, version=rejected.version)
    return rejected


async def approve_rules(ctx: Ctx, key: str) -> RuleSet:
    """DRAFT → APPROVED; in force in every process within a second from its day on.

    Raises:
        NotFound, WrongState.
        OwnRules: the proposer cannot approve.
    """
    approved = await store.approve(ctx, key)
    if approved:
        recent(ctx.house, "panic_rules").forget(ctx.institution)
        await ctx.house.audit.record(ctx, "records:rules:approve", key, version=approved.version)
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


async def _somebody_else(ctx: Ctx, known: Report, given: LabReport) -> bool:
    """Whether what is sent again is about another person, so that all of it is news; two record
    numbers of one person are none.
    """
    now = chart_id(ctx.institution or "", given.person.mrn)
    if not (known.chart and given.person.mrn) or now == known.chart:
        return False
    same = now in await encounters.family(ctx, [known.chart])
    return not same and known.chart not in await encounters.family(ctx, [now])


async def _read_rules(ctx: Ctx) -> Rulebook:
    return Rulebook(await _in_force(ctx))


async def _in_force(ctx: Ctx) -> RuleSet:
    return await store.approved_rules(ctx, ctx.today().isoformat()) or seed()


def _nudge(ctx: Ctx, events: list[dict]) -> None:
    ctx.house.nudge()
    if len(events) > 1:
        ctx.house.nudge(CRITICAL)
