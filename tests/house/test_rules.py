"""The house keeps its rules, and each rule can tell good from bad."""

import pytest

from tests.house.places import place
from tests.house.rule import Rule, snippet
from tests.house.rules import purity, time
from tests.house.rules.book import RULES, violations
from tests.house.source import product

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


@each_rule
def test_the_house_keeps_it(rule: Rule) -> None:
    found = violations(rule)
    assert not found, "\n".join([f"{rule.name}:", *found])


@each_rule
def test_it_accepts_what_is_good(rule: Rule) -> None:
    assert list(rule.check(snippet(rule.good))) == []


@pytest.mark.parametrize(
    ("rule", "says"),
    [(rule, says) for rule in RULES for says in rule.bad],
    ids=lambda given: getattr(given, "name", given),
)
def test_it_refuses_what_is_bad(rule: Rule, says: str) -> None:
    found = list(rule.check(snippet(rule.bad[says])))
    assert len(found) == 1
    assert says in found[0]


def test_every_rule_has_a_bad_example_and_a_name_of_its_own() -> None:
    assert all(rule.bad for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_no_exception_outlives_its_file() -> None:
    """An exception that is no longer needed is taken off the list."""
    pure = purity.pure_files([source for source in product() if place(source.module)])
    paths = {source.path: source.module for source in product()}
    named = [*purity.NAMED, *purity.PARTS, *time.MAY_READ]
    assert [path for path in named if path not in paths] == []
    assert [path for path in (*purity.NAMED, *purity.PARTS) if paths[path] in pure] == []
