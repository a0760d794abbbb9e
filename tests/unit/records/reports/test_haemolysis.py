"""A haemolysed specimen: its high potassium goes to the laboratory, and is not lost there."""

from datetime import date

import pytest

from wx_backend.records.reports import service
from wx_backend.records.reports.model import Item
from wx_backend.records.reports.panic import Finding, detect
from wx_backend.records.reports.rules import Rulebook, Subject

BOOK = Rulebook(service.seed())
ADULT = {"on": date(2026, 11, 24), "born": date(1980, 5, 6)}


def potassium(value: str = "7.1", *flags: str) -> Item:
    return Item(
        key="K", code="K", name="钾", kind="NM", value=value, unit="mmol/L", flags=flags, status="F"
    )


def index(value: str, unit: str = "", name: str = "溶血指数", code: str = "X9") -> Item:
    return Item(key="HI", code=code, name=name, kind="ST", value=value, unit=unit)


def look(*items: Item, beside: tuple[Item, ...] = (), state: frozenset = frozenset()) -> list:
    return detect(items, Subject(**ADULT, state=state), BOOK, beside)


def verdicts(found: list[Finding]) -> list[tuple]:
    return [(one.item, one.verdict, one.direction, one.review) for one in found]


KEPT = [("K", "LAB_REVIEW", "HIGH", True)]
TOLD = [("K", "CRITICAL", "HIGH", False)]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (index("2+"), KEPT),
        (index("中度溶血"), KEPT),
        (index("60", "mg/dL"), KEPT),
        (index("0.6", "g/L"), KEPT),
        (index(">200", "mg/dL"), KEPT),
        (index("++", name="别名", code="hi"), KEPT),
        (index("50", "mg/dL"), TOLD),
        (index("<60", "mg/dL"), TOLD),
        (index("60"), TOLD),
        (index("未见溶血"), TOLD),
        (index("-"), TOLD),
        (index("待测"), TOLD),
        (index("2+", name="黄疸指数"), TOLD),
    ],
)
def test_an_index_keeps_a_high_potassium_for_the_laboratory(said, found) -> None:
    assert verdicts(look(potassium(), said)) == found
    assert verdicts(look(said, potassium())) == found


def test_the_specimens_own_state_does_so_too() -> None:
    (finding,) = look(potassium(), state=frozenset({"HEM"}))
    assert (finding.verdict, finding.why, finding.high) == ("LAB_REVIEW", ("HAEMOLYSED",), "6.2")


def test_a_low_potassium_is_told_at_once() -> None:
    assert verdicts(look(potassium("2.1"), index("3+"))) == [("K", "CRITICAL", "LOW", False)]


def test_what_the_sender_flags_is_told_and_also_reviewed() -> None:
    (finding,) = look(potassium("7.1", "HH"), index("3+"))
    assert (finding.verdict, finding.review) == ("CRITICAL", True)
    assert finding.why == ("FLAG", "HAEMOLYSED")


def test_other_results_are_not_kept_back() -> None:
    glucose = Item(key="GLU", code="GLU", name="葡萄糖", kind="NM", value="30", unit="mmol/L")
    assert verdicts(look(glucose, index("3+"))) == [("GLU", "CRITICAL", "HIGH", False)]


def test_a_withdrawn_index_says_nothing() -> None:
    gone = Item(key="HI", code="HI", name="溶血指数", kind="ST", value="3+", status="X")
    assert verdicts(look(potassium(), gone)) == TOLD


def test_what_was_kept_back_is_critical_once_the_specimen_is_clean() -> None:
    assert verdicts(look(index("-"), beside=(potassium(),))) == TOLD
    assert look(index("3+"), beside=(potassium(),)) == [], "still kept back, told once"
    assert look(index("-"), beside=(potassium("4.1"),)) == []


@pytest.mark.parametrize(
    ("codes", "conditions"),
    [
        (["Z99.201"], {"dialysis"}),
        (["c91.0", "Z51.1"], {"known_haematology", "chemotherapy"}),
        (["Z92.1"], {"anticoagulant"}),
        (["I10.x", "D69.6"], set()),
        ([], set()),
    ],
)
def test_what_diagnoses_say(codes, conditions) -> None:
    assert BOOK.conditions(codes) == conditions


def test_every_condition_that_a_rule_asks_for_can_be_known() -> None:
    seed = service.seed()
    asked = {
        condition
        for rule in seed.rules
        for exception in rule.exceptions
        for condition in exception.conditions
    }
    assert asked == seed.diagnoses.keys()
