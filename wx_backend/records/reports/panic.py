"""Critical values (危急值): which results must reach a clinician at once. Pure.

The order of clinical table 1.2, safety first: what the sender flags LL, HH or AA always counts;
otherwise our own rule on value and unit; where the two disagree the finding also goes to the
laboratory for review; and what cannot be judged (no unit, an unknown one, an implausible value, a
haemolysed specimen) goes to that review alone. Nothing is dropped and nothing is guessed.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

import msgspec

from wx_backend.records.reports import haemolysis
from wx_backend.records.reports.model import FINAL, WITHDRAWN, Item
from wx_backend.records.reports.quantity import Quantity, quantity
from wx_backend.records.reports.rules import OPEN, Limits, Rule, Rulebook, Subject, bands, limits
from wx_backend.records.reports.wording import Words, judge

Verdict = Literal["CRITICAL", "LAB_REVIEW"]
Direction = Literal["LOW", "HIGH", "TEXT", ""]
Why = Literal[
    "FLAG", "RULE", "DISAGREES", "UNIT_MISSING", "UNIT_UNKNOWN", "IMPLAUSIBLE", "UNREADABLE",
    "UNSURE", "AGE_UNKNOWN", "HAEMOLYSED",
]  # fmt: skip

PANIC_FLAGS = frozenset({"LL", "HH", "AA"})
NORMAL_FLAGS = frozenset({"N", "NEG"})
SIDES = {"LL": "LOW", "L": "LOW", "HH": "HIGH", "H": "HIGH", "<": "LOW", ">": "HIGH"}
WITHOUT_RESULT = frozenset({"I", "N", "O", *WITHDRAWN})
"""OBX-11. Our own rules fire on a ``FINAL`` one; a flag fires on any result that exists."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A result that somebody must look at.

    ``review`` asks the laboratory; with ``LAB_REVIEW`` nobody else is told yet. ``low`` and
    ``high`` are the limits it was judged by, in the rule's unit, as text.
    """

    item: str
    analyte: str
    verdict: Verdict
    direction: Direction
    review: bool
    why: tuple[Why, ...]
    rules: str
    severity: Literal["A", "B"] = "A"
    low: str = ""
    high: str = ""
    first_only_hours: int | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What a rule says of a value; ``critical`` is None when it cannot tell, and ``why``."""

    critical: bool | None
    direction: Direction = ""
    why: Why = "RULE"
    limits: Limits = OPEN


SAFE = Outcome(False)
SILENT = Outcome(False)
"""There is no rule for this; compared by identity, since it contradicts nobody."""


def detect(
    items: Iterable[Item], subject: Subject, book: Rulebook, beside: Iterable[Item] = ()
) -> list[Finding]:
    """What of these results must be looked at, in their order.

    Args:
        beside: what else the report says and is not critical already. What haemolysis has kept
            back is critical as soon as the specimen is not said to be haemolysed any more.
    """
    fresh, beside = list(items), list(beside)
    spoiled = haemolysis.says_so([*fresh, *beside], subject, book)
    found = [examine(item, subject, book, spoiled) for item in fresh]
    if not spoiled:
        kept_back = (item for item in beside if _doubtful(item, subject, book))
        again = (examine(item, subject, book) for item in kept_back)
        found += [one for one in again if one and one.verdict == "CRITICAL"]
    return [finding for finding in found if finding]


def examine(
    item: Item, subject: Subject, book: Rulebook, haemolysed: bool = False
) -> Finding | None:
    """One result; None when nobody needs to look."""
    if item.status in WITHOUT_RESULT:
        return None
    flags = PANIC_FLAGS.intersection(item.flags)
    rule = book.rule(item, subject.specimen)
    fires = rule is not None and (item.status in FINAL or rule.preliminary or bool(flags))
    outcome = judged(item, subject, rule, book) if rule and fires else SILENT
    if haemolysed and rule and outcome.critical and outcome.direction == rule.haemolysis:
        outcome = msgspec.structs.replace(outcome, critical=None, why="HAEMOLYSED")
    if not flags and outcome.critical is False:
        return None
    side = next((SIDES[flag] for flag in sorted(flags) if flag in SIDES), "")
    why = (*(("FLAG",) if flags else ()), *(() if outcome.critical is False else (outcome.why,)))
    disagrees = bool(rule) and _disagree(item.flags, outcome, side)
    critical = bool(flags) or bool(outcome.critical)
    return Finding(
        item=item.key,
        analyte=rule.analyte if rule else "",
        verdict="CRITICAL" if critical else "LAB_REVIEW",
        direction=outcome.direction or side,  # type: ignore[arg-type]
        review=disagrees or outcome.critical is None or outcome.why == "AGE_UNKNOWN",
        why=(*why, "DISAGREES") if disagrees else why,
        rules=book.version,
        severity=rule.severity if rule else "A",
        low=_text(outcome.limits[0]),
        high=_text(outcome.limits[1]),
        first_only_hours=rule.first_only_hours if rule else None,
    )


def judged(item: Item, subject: Subject, rule: Rule, book: Rulebook) -> Outcome:
    """What the rule alone says."""
    if rule.words:
        return _in_words(item.value, rule.words)
    if not rule.limits or not item.value.strip():
        return SILENT
    value = quantity(item.value)
    if value is None:
        return Outcome(None, why="UNREADABLE")
    factor = book.factor(rule, item.unit)
    if factor is None:
        return Outcome(None, why="UNIT_UNKNOWN" if item.unit.strip() else "UNIT_MISSING")
    value = Quantity(value.amount * factor, value.relation)
    least, most = rule.plausible
    if (least is not None and value.amount < least) or (most is not None and value.amount > most):
        return Outcome(None, why="IMPLAUSIBLE")
    return _by_age(value, subject, rule)


def _doubtful(item: Item, subject: Subject, book: Rulebook) -> bool:
    rule = book.rule(item, subject.specimen)
    return rule is not None and bool(rule.haemolysis)


def compare(value: Quantity, given: Limits, low_inclusive: bool, high_inclusive: bool) -> Outcome:
    """Whether every number that ``value`` may stand for is beyond a limit, or none, or some."""
    low, high = given
    below, above = _bounds(value)
    if low is not None and above is not None:
        amount, reached = above
        if amount < low or (amount == low and (low_inclusive or not reached)):
            return Outcome(True, "LOW", limits=given)
    if high is not None and below is not None:
        amount, reached = below
        if amount > high or (amount == high and (high_inclusive or not reached)):
            return Outcome(True, "HIGH", limits=given)
    if not value.relation:
        return SAFE
    may_be_low = low is not None and (
        below is None or below[0] < low or (low_inclusive and below == (low, True))
    )
    may_be_high = high is not None and (
        above is None or above[0] > high or (high_inclusive and above == (high, True))
    )
    return Outcome(None, why="UNSURE", limits=given) if may_be_low or may_be_high else SAFE


def _bounds(value: Quantity) -> tuple[tuple[Decimal, bool] | None, tuple[Decimal, bool] | None]:
    """(lower, upper) bound of what a value stands for, each with whether it is reached itself."""
    edge = (value.amount, value.relation in ("", "<=", ">="))
    return (
        None if value.relation.startswith("<") else edge,
        None if value.relation.startswith(">") else edge,
    )


def _by_age(value: Quantity, subject: Subject, rule: Rule) -> Outcome:
    """With an unknown age every band is asked; one that is critical decides."""
    given = [one for name in bands(subject) if (one := limits(rule, name, subject)) != OPEN]
    if not given:
        return SILENT
    asked = [compare(value, one, rule.low_inclusive, rule.high_inclusive) for one in given]
    critical = [outcome for outcome in asked if outcome.critical]
    if critical and len(critical) < len(bands(subject)):
        return msgspec.structs.replace(critical[0], why="AGE_UNKNOWN")
    unsure = [outcome for outcome in asked if outcome.critical is None]
    return (critical or unsure or asked)[0]


def _in_words(text: str, words: Words) -> Outcome:
    if not text.strip():
        return SILENT
    verdict = judge(text, words)
    if verdict == "UNSURE":
        return Outcome(None, why="UNREADABLE")
    return Outcome(True, "TEXT") if verdict == "CRITICAL" else SAFE


def _disagree(flags: tuple[str, ...], outcome: Outcome, side: str) -> bool:
    if PANIC_FLAGS.intersection(flags):
        opposite = bool(side) and outcome.direction in ("LOW", "HIGH") and outcome.direction != side
        return (outcome.critical is False and outcome is not SILENT) or opposite
    said = {SIDES[flag] for flag in flags if flag in SIDES}
    against = outcome.direction in ("LOW", "HIGH") and bool(said) and outcome.direction not in said
    return bool(outcome.critical) and (bool(NORMAL_FLAGS.intersection(flags)) or against)


def _text(limit: Decimal | None) -> str:
    return "" if limit is None else str(limit)
