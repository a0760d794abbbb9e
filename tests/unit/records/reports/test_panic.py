"""The seed table row by row, the order of detection, and what must hold for any value."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wx_backend.records.reports import service
from wx_backend.records.reports.model import Item
from wx_backend.records.reports.panic import Finding, compare, examine
from wx_backend.records.reports.quantity import Quantity
from wx_backend.records.reports.rules import BANDS, OPEN, Rulebook, Subject, bands

SEED = service.seed()
BOOK = Rulebook(SEED)
RULES = {rule.analyte: rule for rule in SEED.rules}
ON = date(2026, 11, 24)
BORN = {
    "neonate": ON - timedelta(days=28),
    "infant": ON - timedelta(days=29),
    "child": date(2012, 11, 25),
    "adult": date(2012, 11, 24),
}
"""Each at an edge of its band: 28 days, 29 days, the day before the 14th birthday, that day."""

TABLE = """
K 2.8 6.2 2.8 7.0
Na 120 160 125 155
Cl 80 120 80 125
Ca 1.60 3.50 1.50 3.50
iCa 0.78 1.58 0.78 1.58
Mg 0.4 3.0 - -
GLU 2.5 22.2 2.2 16.7
UREA - 35.0 - -
CREA - 450 - -
TBIL - - - 340
WBC 1.5 30 - 50
NEUT 0.5 - - -
HGB 60 200 80 220
HCT 0.20 0.60 0.30 -
PLT 30 1000 30 -
PT - 35 - -
INR - 3.5 - 5.0
APTT - 80 - -
FIB 1.0 8.0 - -
PH 7.20 7.60 7.20 7.60
PCO2 20 70 20 70
PO2 45 - 45 -
SO2 80 - - -
HCO3 10 40 - -
LAC - 5.0 - -
AST - 800 - -
CHE 1200 - - -
AMY - 500 - -
DIG - 2.0 - -
"""
"""clinical.md 1.2, copied by hand: analyte, adult low and high, neonate low and high."""

EDGES = [
    (row[0], name, side, limit)
    for row in map(str.split, TABLE.strip().splitlines())
    for name, low, high in (("adult", *row[1:3]), ("neonate", *row[3:5]))
    for side, limit in (("LOW", low), ("HIGH", high))
]
LIMITS = [edge for edge in EDGES if edge[3] != "-"]
BLANKS = [edge for edge in EDGES if edge[3] == "-"]
CHILD = {("HGB", "LOW"): "60", ("GLU", "LOW"): "2.5", ("CREA", "HIGH"): "300"}
WORDED = {"BCUL", "CCUL", "MDRO", "INF", "BLAST", "RHNEG"}
WITHOUT_LIMIT = {"TNT", "TNI"}
REACHED = {"LAC", "AST"}
"""The table's only source says "or more": the limit itself is critical."""


def look(analyte: str, value: str, unit: str | None = None, *flags: str, **given) -> Finding | None:
    rule = RULES[analyte]
    item = Item(
        key="1",
        code=rule.codes[0],
        name=rule.name,
        kind="NM",
        value=value,
        unit=rule.unit if unit is None else unit,
        loinc=rule.loinc[0] if rule.loinc else "",
        flags=flags,
        status=given.pop("status", "F"),
    )
    return examine(item, Subject(**{"on": ON, "born": BORN["adult"], **given}), BOOK)


def beyond(limit: str, side: str) -> tuple[str, str]:
    """(just inside, just outside) of a limit."""
    step = Decimal(1).scaleb(Decimal(limit).as_tuple().exponent - 1)
    out, inside = (-step, step) if side == "LOW" else (step, -step)
    return str(Decimal(limit) + inside), str(Decimal(limit) + out)


def test_every_row_of_the_table_is_a_rule() -> None:
    rows = {line.split()[0] for line in TABLE.strip().splitlines()}
    assert rows | WORDED | WITHOUT_LIMIT == set(RULES)
    assert SEED.state == "DRAFT"


@pytest.mark.parametrize(("analyte", "name", "side", "limit"), LIMITS)
def test_at_just_inside_and_just_outside(analyte: str, name: str, side: str, limit: str) -> None:
    inside, outside = beyond(limit, side)
    assert bool(look(analyte, limit, born=BORN[name])) is (analyte in REACHED)
    assert look(analyte, inside, born=BORN[name]) is None
    found = look(analyte, outside, born=BORN[name])
    assert (found.verdict, found.direction, found.why) == ("CRITICAL", side, ("RULE",))
    assert not found.review
    assert Decimal(found.low if side == "LOW" else found.high) == Decimal(limit)
    assert found.rules == "seed.1 DRAFT"


@pytest.mark.parametrize(("analyte", "name", "side", "limit"), BLANKS)
def test_a_blank_of_the_table_does_not_alert(
    analyte: str, name: str, side: str, limit: str
) -> None:
    extreme = RULES[analyte].plausible[0 if side == "LOW" else 1]
    assert look(analyte, str(extreme), born=BORN[name]) is None


@pytest.mark.parametrize("name", ["infant", "child"])
@pytest.mark.parametrize(
    ("analyte", "side", "limit"), [(a, s, x) for a, n, s, x in LIMITS if n == "adult"]
)
def test_children_have_adult_limits_but_for_three(
    name: str, analyte: str, side: str, limit: str
) -> None:
    limit = CHILD.get((analyte, side), limit)
    inside, outside = beyond(limit, side)
    assert look(analyte, inside, born=BORN[name]) is None
    assert look(analyte, outside, born=BORN[name]).direction == side


@pytest.mark.parametrize("analyte", sorted(WITHOUT_LIMIT))
def test_a_cut_off_of_the_assay_is_the_laboratory_s(analyte: str) -> None:
    assert look(analyte, "9000") is None
    found = look(analyte, "90", None, "HH")
    assert (found.verdict, found.review, found.why) == ("CRITICAL", False, ("FLAG",))
    assert found.first_only_hours == 24


@pytest.mark.parametrize("analyte", sorted(WORDED - {"RHNEG"}))
def test_findings_in_words(analyte: str) -> None:
    assert look(analyte, "阴性") is None
    assert look(analyte, "阳性(+)").direction == "TEXT"
    assert look(analyte, "见附件").verdict == "LAB_REVIEW"
    assert look(analyte, "") is None


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("革兰阴性杆菌", "CRITICAL"),
        ("G-杆菌", "CRITICAL"),
        ("Gram-negative rods", "CRITICAL"),
        ("未检出革兰阴性杆菌", None),
        ("培养5天无细菌生长", None),
        ("No growth after 5 days", None),
        ("大肠埃希菌", "CRITICAL"),
        ("需氧瓶：无菌生长；厌氧瓶：大肠埃希菌", "CRITICAL"),
        ("需氧瓶：无菌生长；厌氧瓶：待定", "LAB_REVIEW"),
        ("需氧瓶阳性 厌氧瓶阴性", "LAB_REVIEW"),
        ("Ｐｏｓｉｔｉｖｅ", "CRITICAL"),
        ("+", "CRITICAL"),
        ("-", None),
        ("污染?", "LAB_REVIEW"),
    ],
)
def test_a_culture(text: str, verdict: str | None) -> None:
    found = look("BCUL", text)
    assert (found.verdict if found else None) == verdict


def test_a_preliminary_culture_counts_and_a_preliminary_potassium_does_not() -> None:
    assert look("BCUL", "革兰阳性球菌", status="P").verdict == "CRITICAL"
    assert look("K", "9", status="P") is None
    assert look("K", "9", None, "HH", status="P").verdict == "CRITICAL"


def test_a_rule_the_hospital_did_not_ask_for_is_silent() -> None:
    assert look("RHNEG", "阴性") is None


@pytest.mark.parametrize("status", ["D", "W", "X", "I"])
def test_what_is_no_result_is_no_finding(status: str) -> None:
    assert look("K", "9.9", None, "HH", status=status) is None


@pytest.mark.parametrize(
    ("value", "flags", "why", "review"),
    [
        ("9.9", ("HH",), ("FLAG", "RULE"), False),
        ("9.9", (), ("RULE",), False),
        ("9.9", ("H",), ("RULE",), False),
        ("9.9", ("N",), ("RULE", "DISAGREES"), True),
        ("9.9", ("L",), ("RULE", "DISAGREES"), True),
        ("9.9", ("LL",), ("FLAG", "RULE", "DISAGREES"), True),
        ("4.0", ("LL",), ("FLAG", "DISAGREES"), True),
        ("4.0", ("H", "AA"), ("FLAG", "DISAGREES"), True),
        ("溶血", ("HH",), ("FLAG", "UNREADABLE"), True),
        ("", ("HH",), ("FLAG",), False),
    ],
)
def test_flag_and_rule(value: str, flags: tuple, why: tuple, review: bool) -> None:
    found = look("K", value, None, *flags)
    assert (found.verdict, found.why, found.review) == ("CRITICAL", why, review)


def test_a_flag_counts_without_any_rule() -> None:
    item = Item(key="X", code="X9", name="新项目", kind="NM", value="1", flags=("LL",))
    found = examine(item, Subject(on=ON), BOOK)
    assert (found.verdict, found.direction, found.analyte) == ("CRITICAL", "LOW", "")
    assert not found.review


@pytest.mark.parametrize(
    ("analyte", "value", "unit", "why"),
    [
        ("K", "9.9", "", "UNIT_MISSING"),
        ("K", "4.1", "", "UNIT_MISSING"),
        ("K", "9.9", "g/L", "UNIT_UNKNOWN"),
        ("UREA", "40", "mg/dL", "UNIT_UNKNOWN"),
        ("HGB", "12.5", "g/mL", "IMPLAUSIBLE"),
        ("HGB", "13.1", "g/L", None),
        ("K", "见备注", "mmol/L", "UNREADABLE"),
        ("K", "1:128", "mmol/L", "UNREADABLE"),
        ("K", "3,5", "mmol/L", "UNREADABLE"),
        ("K", "<3.0", "mmol/L", "UNSURE"),
        ("K", ">6.0", "mmol/L", "UNSURE"),
    ],
)
def test_what_cannot_be_judged_goes_to_the_laboratory(
    analyte: str, value: str, unit: str, why: str | None
) -> None:
    found = look(analyte, value, unit)
    if why is None:
        assert found.verdict == "CRITICAL"
    else:
        assert (found.verdict, found.review, found.why) == ("LAB_REVIEW", True, (why,))


@pytest.mark.parametrize(
    ("analyte", "value", "unit", "direction"),
    [
        ("WBC", "105600", "{cells}/uL", "HIGH"),
        ("WBC", "105.6", "×10⁹/L", "HIGH"),
        ("WBC", "105.6", "10^9/L", "HIGH"),
        ("WBC", "105.6", "G/L", "HIGH"),
        ("WBC", "６.２", "10*9/L", None),
        ("PLT", "20", "K/μL", "LOW"),
        ("PCO2", "9.5", "kPa", "HIGH"),
        ("PCO2", "5.3", "kPa", None),
        ("HCT", "65", "%", "HIGH"),
        ("HCT", "0.65", "L/L", "HIGH"),
        ("HGB", "5.9", "g/dL", "LOW"),
        ("GLU", "420", "mg/dL", "HIGH"),
        ("K", "＞6.2", "mmol/l", "HIGH"),
        ("K", "3.5*", "MMOL/L", None),
        ("K", "<2.8", "mEq/L", "LOW"),
        ("K", "≤2.8", "mmol/L", None),
        ("CREA", ">1000", "umol/L", "HIGH"),
        ("INR", "4.1", "", "HIGH"),
        ("PH", "7.1", "[pH]", "LOW"),
    ],
)
def test_units_and_spellings(analyte: str, value: str, unit: str, direction: str | None) -> None:
    found = look(analyte, value, unit)
    if value == "≤2.8":  # may be exactly the limit: nobody can tell
        assert found.why == ("UNSURE",)
    elif direction is None:
        assert found is None
    else:
        assert (found.verdict, found.direction) == ("CRITICAL", direction)


@pytest.mark.parametrize(
    ("analyte", "value", "given", "fires"),
    [
        ("CREA", "900", {"where": "肾内科二病区"}, False),
        ("CREA", "1201", {"where": "肾内科二病区"}, True),
        ("CREA", "900", {"conditions": frozenset({"dialysis"})}, False),
        ("WBC", "1.0", {"where": "血液科"}, False),
        ("WBC", "0.4", {"where": "血液科"}, True),
        ("PLT", "15", {"where": "血液内科"}, False),
        ("PLT", "9", {"where": "血液内科"}, True),
        ("PLT", "15", {"where": "血液净化中心"}, True),
        ("WBC", "1.0", {"where": "血液透析室"}, True),
        ("INR", "4.5", {"conditions": frozenset({"anticoagulant"})}, False),
        ("INR", "5.1", {"conditions": frozenset({"anticoagulant"})}, True),
        ("PT", "60", {"conditions": frozenset({"anticoagulant"})}, False),
        ("PT", "60", {}, True),
    ],
)
def test_wards_and_conditions(analyte: str, value: str, given: dict, fires: bool) -> None:
    assert bool(look(analyte, value, **given)) is fires


@pytest.mark.parametrize(
    ("value", "verdict", "why"),
    [("6.5", "CRITICAL", "AGE_UNKNOWN"), ("7.5", "CRITICAL", "RULE"), ("4.0", None, None)],
)
@pytest.mark.parametrize("born", [None, ON + timedelta(days=1)])
def test_an_unknown_age_asks_every_band(born: date | None, value: str, verdict, why) -> None:
    found = look("K", value, born=born)
    assert (found.verdict if found else None) == verdict
    if found:
        assert found.why == (why,)
        assert found.review is (why == "AGE_UNKNOWN")


@pytest.mark.parametrize("name", BANDS)
def test_edges_of_the_bands(name: str) -> None:
    assert bands(Subject(on=ON, born=BORN[name])) == (name,)


@pytest.mark.parametrize(("specimen", "fires"), [("", True), ("静脉血", True), ("尿液", False)])
def test_a_local_code_counts_for_its_specimen(specimen: str, fires: bool) -> None:
    item = Item(key="K", code="k", name="", kind="NM", value="9.9", unit="mmol/L")
    found = examine(item, Subject(on=ON, born=BORN["adult"], specimen=specimen), BOOK)
    assert bool(found) is fires


ANY = st.decimals(0, 10_000, places=2)
RELATION = st.sampled_from(["", "<", "<=", ">", ">="])


@example(Decimal(5), "<=", None, Decimal(5), False, True, Decimal(5))
@example(Decimal(5), ">=", Decimal(5), None, True, False, Decimal(5))
@given(ANY, RELATION, st.none() | ANY, st.none() | ANY, st.booleans(), st.booleans(), ANY)
def test_a_bound_is_judged_as_everything_it_may_stand_for(
    amount, relation, low, high, low_inclusive, high_inclusive, probe
) -> None:
    """A probe inside the bound never contradicts the verdict on the bound."""
    if low is not None and high is not None and low >= high:
        low, high = high, low
    stands = {
        "": probe == amount,
        "<": probe < amount,
        "<=": probe <= amount,
        ">": probe > amount,
        ">=": probe >= amount,
    }[relation]
    bound = compare(Quantity(amount, relation), (low, high), low_inclusive, high_inclusive)
    if not stands or bound.critical is None or low == high:
        return
    one = compare(Quantity(probe), (low, high), low_inclusive, high_inclusive)
    assert one.critical == bound.critical


@given(ANY)
def test_without_limits_nothing_is_critical(amount) -> None:
    assert compare(Quantity(amount), OPEN, True, True).critical is False


@given(
    st.text(max_size=12),
    st.text(max_size=8),
    st.lists(st.sampled_from(["N", "H", "LL", "HH", "AA", "?"]), max_size=3),
    st.sampled_from(sorted(RULES)),
)
def test_no_text_passes_unseen(value: str, unit: str, flags: list[str], analyte: str) -> None:
    """Whatever a laboratory writes: a panic flag is never lost, and doubt is never silence."""
    found = look(analyte, value, unit, *flags)
    if {"LL", "HH", "AA"} & set(flags):
        assert found.verdict == "CRITICAL"
    if found and found.verdict == "LAB_REVIEW":
        assert found.review
