"""All rules of the house that read source files."""

from tests.house.rule import Rule
from tests.house.rules import floors, honesty, libraries, purity, size, slices, time
from tests.house.source import product, python

RULES: list[Rule] = [
    *floors.rules,
    *slices.rules,
    *purity.rules,
    *libraries.rules,
    *time.rules,
    *size.rules,
    *honesty.rules,
]


def violations(rule: Rule) -> list[str]:
    """What breaks ``rule`` in this repository."""
    return list(rule.check(python() if rule.everywhere else product()))
