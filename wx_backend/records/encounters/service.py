"""What the HIS says about people and their stays, and where somebody is now."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from wx_backend.base import masking
from wx_backend.base.context import Ctx
from wx_backend.base.errors import WrongState
from wx_backend.base.events import happened
from wx_backend.gateways.his.port import Change, Movement, Person, Stay
from wx_backend.records.encounters import store
from wx_backend.records.encounters.events import CHANGED, MERGED
from wx_backend.records.encounters.model import (
    Chart,
    Encounter,
    Facts,
    Identity,
    State,
    chart_id,
    encounter_id,
    identify,
    learn,
    link,
)

STATES: dict[Change, State] = {
    "ADMITTED": "OPEN",
    "REGISTERED": "OPEN",
    "DISCHARGED": "DISCHARGED",
    "ADMISSION_CANCELLED": "CANCELLED",
    "DISCHARGE_CANCELLED": "OPEN",
}
"""State after a message; the others say nothing about it."""

ATTEMPTS = 20
LINKS = 20

T = TypeVar("T", Chart, Encounter)


async def apply(ctx: Ctx, said: Movement) -> None:
    """Takes in one ADT message; the same again, or an older one, changes nothing.

    Two reads and at most two writes.

    Raises:
        WrongState: others kept changing the same document; try again.
    """
    if said.change == "MERGED":
        await _merge(ctx, said)
        return
    key = chart_id(ctx.institution or "", said.person.mrn)
    visit = said.stay.visit_no if said.stay else ""
    identity = _identity(ctx, key, said.person)
    await _update(
        ctx, Chart, key, lambda: _chart(ctx, said.person.mrn),
        lambda known: identify(known, identity, visit, said.stamp),
    )  # fmt: skip
    if said.stay:
        await _move(ctx, key, said, said.stay)
    ctx.house.nudge()


async def chart_of(ctx: Ctx, mrn: str) -> Chart | None:
    """The chart that stands for this record number today; links of merges are followed."""
    known = await store.get(ctx, Chart, chart_id(ctx.institution or "", mrn)) if mrn else None
    for _ in range(LINKS):
        if known is None or not known.merged_into:
            break
        known = await store.get(ctx, Chart, known.merged_into)
    return known


async def family(ctx: Ctx, charts: list[str]) -> list[str]:
    """These charts and all that were merged into them: everything that is one person's."""
    found, queue = list(dict.fromkeys(charts)), list(charts)
    for _ in range(LINKS):
        fresh = [one.id for one in await store.merged_into(ctx, queue) if one.id not in found]
        if not fresh:
            break
        found += fresh
        queue = fresh
    return found


async def charts_with(ctx: Ctx, id_blind: tuple[str, ...]) -> list[str]:
    """Every chart of the person with this identity number (its blind index), merged ones too."""
    known = await store.with_identity(ctx, id_blind)
    return await family(ctx, [one.id for one in known]) if known else []


async def encounter(ctx: Ctx, visit_no: str) -> Encounter | None:
    if not visit_no:
        return None
    return await store.get(ctx, Encounter, encounter_id(ctx.institution or "", visit_no))


async def current(ctx: Ctx, chart: str, visit_no: str = "") -> Encounter | None:
    """Where the patient is now.

    The open stay that began last, of this chart and all merged into it; an inpatient or emergency
    stay before a clinic visit. Without an open one, ``visit_no`` itself, else the chart's latest.
    """
    known = await store.encounters(ctx, await family(ctx, [chart]))
    still = [one for one in known if one.state == "OPEN"]
    if still:
        return max(still, key=lambda one: (one.facts.kind in ("I", "E"), _since(one)))
    asked = [one for one in known if one.visit_no == visit_no]
    return max(asked or known, key=_since, default=None)


def _since(one: Encounter) -> tuple:
    """When an encounter began, as far as known, to order them by."""
    return max(one.stamps.values(), default=())


async def _move(ctx: Ctx, chart: str, said: Movement, stay: Stay) -> None:
    key = encounter_id(ctx.institution or "", stay.visit_no)
    facts = _facts(said.change, stay)
    await _update(
        ctx, Encounter, key,
        lambda: Encounter(
            id=key, inst=ctx.institution or "", chart=chart, visit_no=stay.visit_no, version=0
        ),
        lambda known: learn(known, facts, said.stamp),
        lambda new: happened(
            ctx, CHANGED, key, new.version, encounter=key, chart=new.chart, change=said.change,
            state=new.state, encounter_kind=new.facts.kind or "", ward=new.place.ward,
            bed=new.place.bed, department=new.place.department, attending=new.attending.code,
        ),
    )  # fmt: skip


async def _merge(ctx: Ctx, said: Movement) -> None:
    """The former record number's chart points to the surviving one. Nothing else is touched."""
    inst = ctx.institution or ""
    survivor, former = chart_id(inst, said.person.mrn), chart_id(inst, said.former)
    identity = _identity(ctx, survivor, said.person)
    await _update(
        ctx, Chart, survivor, lambda: _chart(ctx, said.person.mrn),
        lambda known: identify(known, identity, "", said.stamp),
    )  # fmt: skip
    await _update(
        ctx, Chart, former, lambda: _chart(ctx, said.former),
        lambda known: link(known, survivor, said.stamp),
        lambda new: happened(ctx, MERGED, former, new.version, chart=former, into=survivor),
    )  # fmt: skip
    ctx.house.nudge()


async def _update(
    ctx: Ctx,
    kind: type[T],
    key: str,
    fresh: Callable[[], T],
    change: Callable[[T], T],
    event: Callable[[T], dict] | None = None,
) -> None:
    """Writes what ``change`` makes of the stored document, unless that is nothing new."""
    for _ in range(ATTEMPTS):
        known = await store.get(ctx, kind, key)
        before = known or fresh()
        after = change(before)
        if known and after == before:
            return
        new = msgspec.structs.replace(after, version=before.version + 1)
        told = event(new) if event and _differ(before, after) else None
        if await store.keep(ctx, known, new, told):
            return
    raise WrongState()


def _differ(before: T, after: T) -> bool:
    """In more than the messages their facts come from."""
    return before != msgspec.structs.replace(after, stamps=before.stamps)


def _chart(ctx: Ctx, mrn: str) -> Chart:
    inst = ctx.institution or ""
    return Chart(id=chart_id(inst, mrn), inst=inst, mrn=mrn, version=0)


def _identity(ctx: Ctx, chart: str, person: Person) -> Identity:
    vault = ctx.house.vault
    return Identity(
        name=vault.seal(person.name, f"charts.name:{chart}") if person.name else "",
        display=masking.mask_name(person.name),
        sex=person.sex,
        birth_date=person.birth_date,
        id_blind=tuple(vault.blind(person.id_no, "patients.id_no")) if person.id_no else (),
    )


def _facts(change: Change, stay: Stay) -> Facts:
    place, attending = stay.place, stay.attending
    return Facts(
        state=STATES.get(change),
        kind=stay.kind or None,
        place=place if place.ward else None,
        attending=attending if attending.code else None,
        diagnoses=stay.diagnoses or None,
        admitted_at=stay.admitted_at,
        discharged_at=stay.discharged_at,
    )
