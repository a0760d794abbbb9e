"""The hospital's list of critical values as data, and under which rule a result falls. Pure.

No country-wide list exists: each hospital approves its own and revises it (clinical.md 1.1), so a
rule set has versions, a day it takes effect on, and an approver.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from wx_backend.records.reports.model import Item
from wx_backend.records.reports.quantity import spelled
from wx_backend.records.reports.wording import Words

BANDS = ("neonate", "infant", "child", "adult")
NEONATE_DAYS, ADULT_YEARS = 28, 14

OTHER_SPECIMENS = (
    *("尿", "脑脊液", "胸水", "腹水", "胸腔", "腹腔", "积液", "引流", "便", "痰", "关节液"),
    *("urine", "csf", "fluid", "stool", "sputum"),
)

Limits = tuple[Decimal | None, Decimal | None]
OPEN: Limits = (None, None)


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Other limits for some wards or conditions; a band that is absent keeps the rule's own."""

    limits: dict[str, Limits]
    departments: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One analyte.

    Args:
        units: accepted unit → factor to ``unit``; "" when the quantity needs none.
        plausible: in ``unit``; outside it the unit is doubted, not the patient.
        limits: by age band, below and above which a result is critical (strict unless inclusive).
        words: instead of limits, for findings in words.
        haemolysis: the direction in which a haemolysed specimen leads astray: such a result goes to
            the laboratory, which draws again, before a clinician hears of it.
        preliminary: fires on preliminary results too.
        first_only_hours: a repeat within so many hours need not be told again (kept for the
            alert's own rules; nothing is suppressed here).
    """

    analyte: str
    name: str
    loinc: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    specimen: Literal["blood", "csf", "any"] = "blood"
    unit: str = ""
    units: dict[str, Decimal] = {}
    plausible: Limits = OPEN
    limits: dict[str, Limits] = {}
    low_inclusive: bool = False
    high_inclusive: bool = False
    exceptions: tuple[Variant, ...] = ()
    words: Words | None = None
    haemolysis: Literal["LOW", "HIGH", ""] = ""
    preliminary: bool = False
    first_only_hours: int | None = None
    severity: Literal["A", "B"] = "A"
    enabled: bool = True
    note: str = ""


class Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A result that says whether a specimen is haemolysed.

    Args:
        above: by unit, numbers beyond it are; a number in another unit says nothing.
        words: what says so in words or crosses.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    above: dict[str, Decimal]
    words: Words


class RuleSet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A hospital's list at one time. DRAFT until somebody approves it.

    Args:
        diagnoses: beginnings of ICD-10 codes by the condition that they stand for.
        haemolysis: how the laboratory says that a specimen is haemolysed; None when it does not.
    """

    id: str
    version: int
    state: Literal["DRAFT", "APPROVED", "REJECTED"]
    effective_from: date
    source: str
    rules: tuple[Rule, ...]
    diagnoses: dict[str, tuple[str, ...]] = {}
    haemolysis: Index | None = None
    proposed_by: str = ""
    approved_by: str = ""


def differing(before: RuleSet, after: RuleSet) -> list[tuple[Rule | None, Rule | None]]:
    """(as it was, as it would be) of each rule that two sets do not share; None where it is not."""
    old = {rule.analyte: rule for rule in before.rules}
    new = {rule.analyte: rule for rule in after.rules}
    pairs = [(old.get(key), new.get(key)) for key in {**old, **new}]
    return [(was, will) for was, will in pairs if was != will]


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whose result it is, on which day; ``where`` is ward and department in words.

    Args:
        conditions: what is known of the patient; what nobody knows excuses nothing.
        state: codes of the specimen's state (table 0493).
    """

    on: date
    born: date | None = None
    where: str = ""
    specimen: str = ""
    conditions: frozenset[str] = frozenset()
    state: frozenset[str] = frozenset()


class Rulebook:
    """A rule set with its rules at hand by LOINC, by the sender's code and by name."""

    def __init__(self, given: RuleSet):
        self.version = f"{given.id}.{given.version} {given.state}"
        self.haemolysis = given.haemolysis
        self._diagnoses = given.diagnoses
        self._by_loinc: dict[str, Rule] = {}
        self._by_word: dict[str, Rule] = {}
        self._units: dict[str, dict[str, Decimal]] = {}
        for rule in given.rules:
            if rule.enabled:
                self._by_loinc.update(dict.fromkeys(rule.loinc, rule))
                words = (*rule.codes, *rule.names, rule.name)
                self._by_word.update({word.casefold(): rule for word in words})
                self._units[rule.analyte] = {spelled(u): f for u, f in rule.units.items()}

    def rule(self, item: Item, specimen: str) -> Rule | None:
        """The rule of this result; a code or a name counts only for the right specimen."""
        if rule := self._by_loinc.get(item.loinc):
            return rule
        for word in (item.code, item.name):
            rule = self._by_word.get(word.strip().casefold())
            if rule and _fits(rule, specimen):
                return rule
        return None

    def conditions(self, diagnoses: Iterable[str]) -> frozenset[str]:
        """What these ICD-10 codes say about a patient, as far as the rules ask."""
        codes = [code.upper() for code in diagnoses]
        return frozenset(
            condition
            for condition, starts in self._diagnoses.items()
            if any(code.startswith(starts) for code in codes)
        )

    def factor(self, rule: Rule, unit: str) -> Decimal | None:
        """Multiplies a value in ``unit`` into the rule's; None when it cannot be converted."""
        return self._units[rule.analyte].get(spelled(unit))


def bands(subject: Subject) -> tuple[str, ...]:
    """The age band; all of them for a birth date that is unknown or cannot be."""
    born, on = subject.born, subject.on
    if born is None or born > on:
        return BANDS
    if (on - born).days <= NEONATE_DAYS:
        return BANDS[:1]
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return BANDS[1:2] if years < 1 else BANDS[2:3] if years < ADULT_YEARS else BANDS[3:]


def limits(rule: Rule, name: str, subject: Subject) -> Limits:
    """A band's limits for this ward and these conditions; the first exception that fits counts."""
    for exception in rule.exceptions:
        here = any(word in subject.where for word in exception.departments)
        if here or subject.conditions.intersection(exception.conditions):
            return exception.limits.get(name, rule.limits.get(name, OPEN))
    return rule.limits.get(name, OPEN)


def _fits(rule: Rule, specimen: str) -> bool:
    text = specimen.casefold()
    if not text or rule.specimen == "any":
        return True
    if rule.specimen == "csf":
        return "脑脊液" in text or "csf" in text
    return not any(word in text for word in OTHER_SPECIMENS)
